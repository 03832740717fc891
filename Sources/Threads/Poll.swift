import Glibc

/// Sleeps on a socket or two and one `EventDescriptor`: the only place where a blocking loop of this project blocks.
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
        guard sleep(on: &polled, until: deadline) else { return Outcome(isReadable: false, isWritable: false, isWoken: false) }
        let isWoken = polled[0].revents != 0
        if isWoken { wakeUp.drain() }
        let ready = Int32(polled[1].revents)
        // An error or a hang-up counts as both: the next read or write tells which.
        let isBroken = ready & (POLLERR | POLLHUP | POLLNVAL) != 0
        return Outcome(
            isReadable: ready & POLLIN != 0 || isBroken, isWritable: ready & POLLOUT != 0 || isBroken, isWoken: isWoken)
    }

    /// Sleeps until one of two descriptors can be read from.
    ///
    /// - Parameters:
    ///   - first, second: what is slept on; `nil` is left out.
    ///   - wakeUp: drained when it was signalled.
    ///   - deadline: when to return at the latest; `nil` sleeps until something happens.
    /// - Returns: whether it is the second one that can be.
    package static func wait(
        onFirst first: Int32, orSecond second: Int32?, wakeUp: EventDescriptor, until deadline: MonotonicInstant?
    ) -> Bool {
        let events = Int16(POLLIN)
        var polled = [
            pollfd(fd: wakeUp.descriptor, events: events, revents: 0), pollfd(fd: first, events: events, revents: 0),
            pollfd(fd: second ?? -1, events: events, revents: 0),
        ]
        guard sleep(on: &polled, until: deadline) else { return false }
        if polled[0].revents != 0 { wakeUp.drain() }
        return polled[2].revents != 0
    }

    /// Whether a descriptor can be read from just now, be it that there is an error or an end.
    package static func isReadable(_ descriptor: Int32) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, 0) > 0
    }

    /// - Returns: false if nothing has happened before the deadline.
    private static func sleep(on polled: inout [pollfd], until deadline: MonotonicInstant?) -> Bool {
        var milliseconds: Int32 = -1
        if let deadline {
            // Rounded up: a sleep that ends before its deadline would be tried again and again.
            let left = max(0, (deadline - .now).nanoseconds)
            milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
        }
        return poll(&polled, nfds_t(polled.count), milliseconds) > 0
    }
}
