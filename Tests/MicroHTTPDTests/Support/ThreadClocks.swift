import Glibc
import Threads

/// The CPU time of chosen threads: other tests of the process do not count.
final class ThreadClocks: Sendable {
    private let clocks = Locked<Set<clockid_t>>([])

    /// Counts the calling thread in.
    func addCurrentThread() {
        var clock = clockid_t()
        guard pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return }
        clocks.withLock { _ = $0.insert(clock) }
    }

    var threadCount: Int { clocks.withLock { $0.count } }

    /// What the threads have used so far.
    func time() -> Duration {
        clocks.withLock { clocks in
            clocks.reduce(.zero) { sum, clock in
                var time = timespec()
                clock_gettime(clock, &time)
                return sum + .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
            }
        }
    }
}
