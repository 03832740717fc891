import Threads

extension ConnectionState {
    /// What is to be done about the deadlines of a connection.
    enum Check: Equatable {
        /// Nothing, until somebody schedules a check again.
        case none
        /// Look again then.
        case later(MonotonicInstant)
        /// Wait for the next byte, and look again then.
        case awaitInput(MonotonicInstant)
        /// A deadline has passed.
        case shutDown
    }

    /// Decides at `now`. `progress` asks the kernel; it is called only for connections that idle, write, or are parked.
    mutating func check(
        now: MonotonicInstant, _ settings: DeadlineSettings, progress: () -> TCPProgress?
    ) -> Check {
        let next = now + settings.checkInterval
        switch phase {
        case .closed: return .none
        case .running, .pausing: return .later(next)
        case .body(let since): return Self.decide(since + settings.body, now, next)
        case .idle(_, let headSince?): return Self.decide(headSince + settings.head, now, next)
        case .idle(let since, nil): return checkIdle(since: since, now: now, settings, progress: progress)
        case .writing: return checkWriting(now: now, settings, progress: progress())
        case .parked:
            // A parked stream has no deadline, but for what was sent and never reached the peer's kernel: that peer has
            // vanished.
            guard let progress = progress(), progress.unackedSegmentCount > 0 else {
                acknowledged = nil
                return .none
            }
            return checkWriting(now: now, settings, progress: progress)
        }
    }

    /// The next byte has arrived.
    mutating func inputArrived(now: MonotonicInstant) {
        isInputWatched = false
        if case .idle(let since, nil) = phase { phase = .idle(since: since, headSince: now) }
    }

    private static func decide(_ deadline: MonotonicInstant, _ now: MonotonicInstant, _ next: MonotonicInstant) -> Check {
        now >= deadline ? .shutDown : .later(min(deadline, next))
    }

    private mutating func checkIdle(
        since: MonotonicInstant, now: MonotonicInstant, _ settings: DeadlineSettings, progress: () -> TCPProgress?
    ) -> Check {
        let deadline = since + settings.idle
        guard now < deadline else { return .shutDown }
        // An idle connection is looked at once more when a head that begins right now would have to be complete.
        let next = min(deadline, now + settings.head)
        if isInputWatched { return .later(next) }
        guard now - since >= settings.checkInterval else { return .later(min(deadline, since + settings.checkInterval)) }
        if let progress = progress(), progress.receivedByteCount > consumedByteCount {
            // Part of a head is in libmicrohttpd's buffer already.
            phase = .idle(since: since, headSince: now)
            return .later(min(now + settings.head, now + settings.checkInterval))
        }
        isInputWatched = true
        return .awaitInput(next)
    }

    private mutating func checkWriting(
        now: MonotonicInstant, _ settings: DeadlineSettings, progress: TCPProgress?
    ) -> Check {
        guard let progress else { return .shutDown }
        guard let acknowledged, acknowledged.byteCount == progress.ackedByteCount else {
            acknowledged = (progress.ackedByteCount, now)
            return .later(now + settings.checkInterval)
        }
        return Self.decide(acknowledged.since + settings.stall, now, now + settings.checkInterval)
    }
}
