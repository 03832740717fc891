import Threads

/// What the server in front of the hub reads by: attach, look, look again when woken, detach.
extension Hub {
    /// Adds a reader; `detach` must follow.
    ///
    /// - Parameter names: distinct, at least one.
    /// - Throws: `.notRepresentable` and `.channelInvalid` by the database's encoding, as far as that is known yet;
    ///   `.overLimit`; `.stopping`.
    package func attach(
        _ names: [ChannelName], from start: ChannelTable<any Wakeable>.Start, announcesArming: Bool = false,
        kind: ReaderKind = .library, owner: any Wakeable
    ) throws(TrunklineError) -> ReaderID {
        if let encoding = core.encoding {
            for name in names { _ = try encoding.wireBytes(of: name) }
        }
        if core.isStopping { throw Self.stopping }
        let (added, isFirst) = try core.table.withLock { table throws(TrunklineError) in
            let added = try table.attach(
                names, from: start, announcesArming: announcesArming, kind: kind, owner: owner, now: .now)
            return (added, table.readerCount == 1)
        }
        if added.mustReconcile { reconcile() }
        if isFirst { noteInterest() }
        return added.id
    }

    /// What there is for the reader; if nothing, and it `parks`, its owner is woken once to look again.
    package func look(
        _ id: ReaderID, countMax: Int, byteCountMax: Int = .max, parks: Bool
    ) throws(TrunklineError) -> ChannelTable<any Wakeable>.Look {
        let (look, arrival, now) = core.table.withLock { table in
            // Read here: what is found was delivered before.
            let now = MonotonicInstant.now
            let look = table.look(id, countMax: countMax, byteCountMax: byteCountMax, parks: parks, now: now)
            return (look, table.arrivalPosition(of: id), now)
        }
        // Asked after parking: a stop that claims all before this reader was parked has set this before.
        if case .nothing = look, core.isStopping {
            _ = core.table.withLock { $0.claim(id) }
            throw Self.stopping
        }
        measure(look, byReaderSince: arrival, now: now)
        return look
    }

    /// Ends a reader's wait, if it is parked, and wakes its owner.
    package func wake(_ id: ReaderID) {
        core.table.withLock { $0.claim(id) }?.wake()
    }

    /// Ends a reader's wait without waking anybody.
    ///
    /// - Returns: whether it was parked; if not, somebody has woken it, or is about to.
    @discardableResult
    package func unpark(_ id: ReaderID) -> Bool {
        core.table.withLock { $0.claim(id) } != nil
    }

    /// The cursor for a reader that leaves with nothing; asked right after a `look` that found nothing.
    package func leavingCursor(of id: ReaderID) -> Cursor? {
        core.table.withLock { $0.leavingCursor(of: id) }
    }

    /// The reader is content with what there is, whether all its channels are confirmed or not.
    ///
    /// - Returns: whether it had waited for that.
    package func stopAnnouncing(_ id: ReaderID) -> Bool {
        core.table.withLock { $0.stopAnnouncing(id) }
    }

    /// Whether the reader, which found nothing, is known to have missed nothing.
    package func isComplete(_ id: ReaderID) -> Bool {
        core.table.withLock { $0.isComplete(id) }
    }

    /// Removes a reader with all it held.
    package func detach(_ id: ReaderID) {
        if core.table.withLock({ $0.detach(id, now: .now) }) { reconcile() }
    }

    static var stopping: TrunklineError { TrunklineError(.stopping, "the server is stopping: retry in a moment") }
}

extension Hub {
    /// All channels that are read, or were until a moment ago.
    package var channels: [ChannelFacts] {
        core.table.withLock { $0.facts }
    }

    /// Wakes everybody who is parked, to look again.
    package func wakeAll() {
        core.wake(core.table.withLock { $0.claimAll() })
    }
}
