import Glibc

/// Sleeps on one socket and one `EventDescriptor`: the only place where a blocking loop of this project blocks.
/// Corresponds to `poll(2)`.
package enum Poll {
    /// What ended the sleep; several at once are possible, none means the deadline passed (or a signal came).
    package struct Outcome: Sendable {
        package let isReadable: Bool
        package let isWritable: Bool
        package let isWoken: Bool
    }

    /// - Parameters:
    ///   - socket: polled for reading, and for writing when `isWriting`; `nil` sleeps on `wakeUp` alone.
    ///   - wakeUp: drained when it was signalled.
    ///   - deadline: when to return at the latest; `nil` sleeps until something happens.
    package static func wait(
        on socket: Int32?, isReading: Bool = true, isWriting: Bool = false, wakeUp: EventDescriptor,
        until deadline: MonotonicInstant?
    ) -> Outcome {
        var events: Int16 = 0
        if isReading { events |= Int16(POLLIN) }
        if isWriting { events |= Int16(POLLOUT) }
        var polled = [
            pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket ?? -1, events: events, revents: 0),
        ]
        var milliseconds: Int32 = -1
        if let deadline {
            // Rounded up: a sleep that ends before its deadline would be tried again and again.
            let left = max(0, (deadline - .now).nanoseconds)
            milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
        }
        let count = poll(&polled, 2, milliseconds)
        guard count > 0 else { return Outcome(isReadable: false, isWritable: false, isWoken: false) }
        let isWoken = polled[0].revents != 0
        if isWoken { wakeUp.drain() }
        let ready = Int32(polled[1].revents)
        // An error or a hang-up counts as both: the next read or write tells which.
        let isBroken = ready & (POLLERR | POLLHUP | POLLNVAL) != 0
        return Outcome(
            isReadable: ready & POLLIN != 0 || isBroken, isWritable: ready & POLLOUT != 0 || isBroken, isWoken: isWoken)
    }
}
