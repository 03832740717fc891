import CLinux
import Glibc
import Threads

/// Sleeps on many sockets at once, level-triggered. Corresponds to `epoll(7)`.
struct Poller: ~Copyable {
    /// A socket that is ready, by the number it was added with.
    struct Readiness {
        let link: Int
        /// Bytes, the end or an error have come: the next read tells which.
        let isReadable: Bool
        let isWritable: Bool
    }

    private let descriptor: Int32
    private static let eventsMax = 1_024
    private var events = [epoll_event](repeating: epoll_event(), count: eventsMax)

    /// - Parameter stop: watched as link -1.
    init(watching stop: EventDescriptor) throws(BenchError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw .unusable("\(SystemError("epoll_create1"))") }
        try watch(stop.descriptor, link: -1)
    }

    deinit { close(descriptor) }

    /// Watches a descriptor for what there is to read, when nothing can come of a failure but the end.
    func watch(_ watched: Int32, link: Int) throws(BenchError) {
        do throws(SystemError) {
            try add(watched, link: link, isWriting: false)
        } catch {
            throw .unusable("\(error)")
        }
    }

    /// Watches a descriptor from now on; closing it ends that.
    func add(_ watched: Int32, link: Int, isWriting: Bool) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched, link, isWriting)
    }

    /// Changes whether a watched descriptor is to be told of as writable.
    func change(_ watched: Int32, link: Int, isWriting: Bool) throws(SystemError) {
        try control(EPOLL_CTL_MOD, watched, link, isWriting)
    }

    /// Sleeps until something is ready, or until `deadline`.
    ///
    /// - Returns: how many there are, to be read with `subscript`.
    mutating func wait(until deadline: Int64) -> Int {
        let left = max(0, deadline - MonotonicInstant.now.nanoseconds)
        // Not `epoll_wait`: its milliseconds are too coarse for a rate.
        var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        // An error can only be a signal that came: as if nothing were ready.
        return max(0, Int(epoll_pwait2(descriptor, &events, Int32(Self.eventsMax), &time, nil)))
    }

    /// One of those that the last `wait` found.
    subscript(_ index: Int) -> Readiness {
        let event = events[index]
        return Readiness(
            link: Int(truncatingIfNeeded: event.data.u64), isReadable: event.events & ~EPOLLOUT.rawValue != 0,
            isWritable: event.events & EPOLLOUT.rawValue != 0)
    }

    private func control(_ operation: Int32, _ watched: Int32, _ link: Int, _ isWriting: Bool) throws(SystemError) {
        let wanted = isWriting ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        var event = epoll_event(events: wanted, data: epoll_data_t(u64: UInt64(truncatingIfNeeded: link)))
        guard epoll_ctl(descriptor, operation, watched, &event) == 0 else { throw SystemError("epoll_ctl") }
    }
}
