import Glibc
import Threads

/// SIGTERM and SIGINT: a thread of our own takes them, so that a second one ends a process which is busy stopping.
enum TerminationSignals {
    /// Blocks both signals in the calling thread and in every thread started from now on, and ignores SIGPIPE: a peer that
    /// has gone is an error of the write. Call it while the main thread is the only one.
    static func block() {
        signal(SIGPIPE, SIG_IGN)
        var set = members
        let result = pthread_sigmask(SIG_BLOCK, &set, nil)
        precondition(result == 0, "pthread_sigmask failed with \(result)")
    }

    /// Calls `first` with the first signal, on the signal thread; ends the process with 128 + its number at the second.
    ///
    /// One that came since `block()` counts.
    static func watch(_ first: @escaping @Sendable (Int32) -> Void) {
        // Lives as long as the process: nothing but its end makes the wait for a signal pointless.
        _ = NamedThread("signals") {
            first(next())
            _exit(128 + next())
        }
    }

    private static var members: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }

    private static func next() -> Int32 {
        var set = members
        var number: Int32 = 0
        let result = sigwait(&set, &number)
        precondition(result == 0, "sigwait failed with \(result)")
        return number
    }
}
