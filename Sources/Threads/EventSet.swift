import CLinux
import Glibc

/// Descriptors that one thread sleeps on, each with a token. Corresponds to `epoll(7)`.
package final class EventSet: @unchecked Sendable {
    // Sendable: `buffer` is used by the thread that waits.
    /// What is told of a descriptor.
    package struct Events: OptionSet, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// There is something to read.
        package static let readable = Events(rawValue: EPOLLIN.rawValue)
        /// The kernel takes bytes.
        package static let writable = Events(rawValue: EPOLLOUT.rawValue)
        /// The peer has closed, half-closed or reset.
        package static let gone = Events(rawValue: EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue)
        /// Told once, when it begins (`EPOLLET`).
        package static let onceEach = Events(rawValue: EPOLLET.rawValue)
    }

    private static let countPerTurn = 256

    private let descriptor: Int32
    private let buffer: UnsafeMutableBufferPointer<epoll_event>

    /// - Throws: `SystemError` when the process has no descriptor left.
    package init() throws(SystemError) {
        buffer = .allocate(capacity: Self.countPerTurn)
        buffer.initialize(repeating: epoll_event())
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1") }
    }

    deinit {
        buffer.deallocate()
        close(descriptor)
    }

    /// - Throws: `SystemError` if the descriptor cannot be watched.
    package func add(_ descriptor: Int32, _ events: Events, token: UInt) throws(SystemError) {
        var event = epoll_event(events: events.rawValue, data: epoll_data_t(u64: UInt64(token)))
        guard epoll_ctl(self.descriptor, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw SystemError("epoll_ctl") }
    }

    /// Ends the events of a descriptor, before it is closed.
    package func remove(_ descriptor: Int32) {
        var event = epoll_event()
        // Fails only if the descriptor was never added.
        _ = epoll_ctl(self.descriptor, EPOLL_CTL_DEL, descriptor, &event)
    }

    /// Sleeps until something has happened, or the deadline has passed, and tells of it: each descriptor once at the most.
    ///
    /// - Parameter deadline: `nil` sleeps without end.
    package func wait(until deadline: MonotonicInstant?, _ body: (_ token: UInt, _ events: Events) -> Void) {
        // Rounded up: a sleep that ends before its deadline would be tried again and again.
        let milliseconds = deadline.map { Int32(clamping: (max(0, ($0 - .now).nanoseconds) + 999_999) / 1_000_000) } ?? -1
        let count = epoll_wait(descriptor, buffer.baseAddress, Int32(buffer.count), milliseconds)
        for event in buffer.prefix(Int(max(0, count))) { body(UInt(event.data.u64), Events(rawValue: event.events)) }
    }
}
