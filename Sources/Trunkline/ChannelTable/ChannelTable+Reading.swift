import Threads

/// A reader looks at what there is for it; if that is nothing, it is parked until there is something.
extension ChannelTable {
    /// What a reader finds.
    package enum Look: Sendable {
        /// All its channels are confirmed. Told once, and first, to a reader that asked for it; the cursor is the point it reads
        /// on from, `nil` if a gap comes first.
        case armed(Cursor?)
        /// At least one notification, in order and without a gap between them; the cursor is the point after the last one.
        case notifications([Entry], Cursor)
        /// A loss, to be told before anything else.
        case gap(Gap)
        /// Nothing yet; the reader is parked if it asked for that.
        case nothing
        /// PostgreSQL refuses one of its channels.
        case failed(TrunklineError)
    }

    /// Hands out what is next for a reader: at most `countMax` notifications, and none after those that reach `byteCountMax`.
    ///
    /// - Parameter parks: whether the reader is parked when there is nothing.
    /// - Returns: `.nothing` also for a reader that is gone.
    package mutating func look(
        _ id: ReaderID, countMax: Int, byteCountMax: Int = .max, parks: Bool, now: MonotonicInstant
    ) -> Look {
        guard isAttached(id) else { return .nothing }
        dropWhatIsOver(id.slot, now: now)
        let found = readers[id.slot].look(
            in: channels, at: position, countMax: countMax, byteCountMax: byteCountMax)
        switch found {
        case .armed(let place): return .armed(place.map { cursor(at: $0) })
        case .notifications(let entries, let place): return .notifications(entries, cursor(at: place))
        case .gap(let reason, let numbers, let after, let place):
            return .gap(
                Gap(
                    reason: reason, channels: numbers.map { channels[$0].name }, after: after.map { cursor(at: $0) },
                    id: cursor(at: place)))
        case .nothing:
            if parks { park(id.slot) }
            return .nothing
        case .failed(let error): return .failed(error)
        }
    }

    /// The cursor for a reader that leaves with nothing: the present, if it is known that nothing was missed until then. One
    /// of no run for a reader that came with a cursor of another run and was not told so yet.
    ///
    /// Asked after a `look` that found nothing.
    package mutating func leavingCursor(of id: ReaderID) -> Cursor? {
        guard isAttached(id) else { return nil }
        // The loss since the cursor it came with is still untold: only a cursor of no run keeps it so.
        if readers[id.slot].isRestarted { return .ofNoRun }
        let isArmed = readers[id.slot].noteArming(in: channels)
        let place = readers[id.slot].cursor
        // Something may have come since that look.
        if readers[id.slot].hasMore(in: channels) { return cursor(at: place) }
        return cursor(at: isArmed ? position : readers[id.slot].drainedCursor(at: place))
    }

    /// The reader does not wait for all its channels to be confirmed any more.
    ///
    /// - Returns: whether it did.
    package mutating func stopAnnouncing(_ id: ReaderID) -> Bool {
        guard isAttached(id), readers[id.slot].announcesArming else { return false }
        readers[id.slot].announcesArming = false
        return true
    }

    /// Whether a reader that found nothing is known to have missed nothing: all its channels are confirmed, and nothing has come
    /// since.
    package mutating func isComplete(_ id: ReaderID) -> Bool {
        guard isAttached(id), readers[id.slot].noteArming(in: channels) else { return false }
        return !readers[id.slot].isRestarted && !readers[id.slot].hasMore(in: channels)
    }

    /// Notes what is confirmed for all readers, also for those that have not looked since: from here on they are promised what
    /// comes.
    mutating func noteArming() {
        for slot in readers.indices { _ = readers[slot].noteArming(in: channels) }
    }

    /// Keeps the bound on age: nothing else looks at the clock while a channel is quiet.
    private mutating func dropWhatIsOver(_ slot: Int, now: MonotonicInstant) {
        for place in readers[slot].interests.indices {
            let index = readers[slot].interests[place].channel
            guard channels[index].history.isOver(limits.history, now: now) else { continue }
            let before = channels[index].history.byteCount
            channels[index].dropWhatIsOver(limits.history, now: now)
            historyByteCount += channels[index].history.byteCount - before
        }
    }
}
