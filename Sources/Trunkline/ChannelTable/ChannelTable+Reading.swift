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
        guard let reader = self[id] else { return .nothing }
        precondition(reader.ticket == 0, "a parked reader is claimed before it looks")
        if let failure = reader.failure { return .failed(failure) }
        dropWhatIsOver(reader, now: now)
        let isArmed = noteArming(id.slot)

        if readers[id.slot].reader!.isRestarted {
            // Told when all channels are confirmed: from there on everything is complete.
            if isArmed {
                readers[id.slot].reader!.announcesArming = false
                return reader.announcesArming ? announceBeforeGap(id.slot) : tellRestart(id.slot)
            }
            return rest(id.slot, parks: parks, isCaughtUp: false, awaitsConfirmation: true)
        }
        if reader.announcesArming {
            guard isArmed else { return rest(id.slot, parks: parks, isCaughtUp: false, awaitsConfirmation: true) }
            return announceArming(id.slot)
        }

        let found = collect(id.slot, countMax: countMax, byteCountMax: byteCountMax)
        if let found { return found }
        return rest(id.slot, parks: parks, isCaughtUp: true, awaitsConfirmation: !isArmed && reader.hasCursor)
    }

    /// The cursor for a reader that leaves with nothing: the present, if it is known that nothing was missed until then. One
    /// of no run for a reader that came with a cursor of another run and was not told so yet.
    ///
    /// Asked after a `look` that found nothing.
    package mutating func leavingCursor(of id: ReaderID) -> Cursor? {
        guard let present = self[id] else { return nil }
        // The loss since the cursor it came with is still untold: only a cursor of no run keeps it so.
        if present.isRestarted { return .ofNoRun }
        let isArmed = noteArming(id.slot)
        let noted = readers[id.slot].reader!
        // Something may have come since that look.
        if nextItem(of: noted, after: noted.cursor) != nil { return cursor(at: noted.cursor) }
        return cursor(at: isArmed ? position : drainedCursor(of: noted, at: noted.cursor))
    }

    /// The reader does not wait for all its channels to be confirmed any more.
    ///
    /// - Returns: whether it did.
    package mutating func stopAnnouncing(_ id: ReaderID) -> Bool {
        guard self[id]?.announcesArming ?? false else { return false }
        readers[id.slot].reader!.announcesArming = false
        return true
    }

    /// Whether a reader that found nothing is known to have missed nothing: all its channels are confirmed, and nothing has come
    /// since.
    package mutating func isComplete(_ id: ReaderID) -> Bool {
        guard self[id] != nil, noteArming(id.slot) else { return false }
        let reader = readers[id.slot].reader!
        return !reader.isRestarted && nextItem(of: reader, after: reader.cursor) == nil
    }

    private mutating func rest(_ slot: Int, parks: Bool, isCaughtUp: Bool, awaitsConfirmation: Bool) -> Look {
        if parks { park(slot, isCaughtUp: isCaughtUp, awaitsConfirmation: awaitsConfirmation) }
        return .nothing
    }

    /// Keeps the bound on age: nothing else looks at the clock while a channel is quiet.
    private mutating func dropWhatIsOver(_ reader: Reader<Owner>, now: MonotonicInstant) {
        for interest in reader.interests where channels[interest.channel]!.history.isOver(limits.history, now: now) {
            let before = channels[interest.channel]!.history.byteCount
            channels[interest.channel]!.dropWhatIsOver(limits.history, now: now)
            historyByteCount += channels[interest.channel]!.history.byteCount - before
        }
    }

    /// Notes for each channel that was not confirmed when the reader came whether it is now.
    ///
    /// - Returns: whether all of them are.
    private mutating func noteArming(_ slot: Int) -> Bool {
        var isArmed = true
        for place in readers[slot].reader!.interests.indices {
            let interest = readers[slot].reader!.interests[place]
            guard channels[interest.channel]!.status == .on else {
                isArmed = false
                continue
            }
            if interest.isStarting {
                readers[slot].reader!.interests[place].isStarting = false
                readers[slot].reader!.interests[place].knownFloor = channels[interest.channel]!.confirmedPosition
            }
        }
        return isArmed
    }

    /// Notes it for all readers, also for those that have not looked since: from here on they are promised what comes.
    mutating func noteArming() {
        for slot in readers.indices where readers[slot].reader != nil { _ = noteArming(slot) }
    }

    private mutating func tellRestart(_ slot: Int) -> Look {
        let reader = readers[slot].reader!
        // From where it was told that it is armed, or from now: complete from there on.
        let place = reader.restartPosition ?? position
        readers[slot].reader!.isRestarted = false
        readers[slot].reader!.cursor = place
        return .gap(
            Gap(
                reason: .restarted, channels: reader.interests.map { channels[$0.channel]!.name }, after: nil,
                id: cursor(at: place)))
    }

    private mutating func announceBeforeGap(_ slot: Int) -> Look {
        readers[slot].reader!.announcesArming = false
        readers[slot].reader!.restartPosition = position
        return .armed(nil)
    }

    private mutating func announceArming(_ slot: Int) -> Look {
        let reader = readers[slot].reader!
        readers[slot].reader!.announcesArming = false
        // Without a cursor, the few that came before the last confirmation were never promised; the stream starts at one clear
        // point.
        let start = reader.hasCursor ? reader.cursor : reader.interests.reduce(reader.cursor) { max($0, $1.knownFloor) }
        readers[slot].reader!.cursor = start
        let isGapNext = nextItem(of: reader, after: start).map { $0.isGap } ?? false
        return .armed(isGapNext ? nil : cursor(at: start))
    }

    /// One thing a reader is to be told, at its place in the order.
    private struct Item {
        let position: UInt64
        /// Why there is a gap; `nil` for a notification.
        let reason: Gap.Reason?
        let entry: Entry?

        var isGap: Bool { reason != nil }
    }

    /// The next item of one channel.
    private func nextItem(of interest: Reader<Owner>.Interest, after cursor: UInt64, arrival: UInt64) -> Item? {
        let channel = channels[interest.channel]!
        // Until its LISTEN is confirmed, it is not known up to where it is complete. After a loss, what came before still is.
        if channel.status == .listening || channel.status == .off, !channel.isLost { return nil }
        if channel.floor > max(cursor, interest.knownFloor) {
            let reason: Gap.Reason =
                switch channel.floorOrigin {
                case .listening: .unlistened
                case .reconnected: .reconnected
                case .dropped: channel.floor > arrival ? .overflow : .expired
                }
            return Item(position: channel.floor, reason: reason, entry: nil)
        }
        var index = channel.history.index(after: cursor)
        while index < channel.history.entries.count {
            let entry = channel.history.entries[index]
            switch entry.content {
            case .notification:
                return Item(position: entry.position, reason: nil, entry: entry)
            case .reconnected where entry.position > interest.knownFloor:
                return Item(position: entry.position, reason: .reconnected, entry: entry)
            case .reconnected:
                index += 1
            }
        }
        return nil
    }

    private func nextItem(of reader: Reader<Owner>, after cursor: UInt64) -> Item? {
        var first: Item?
        for interest in reader.interests {
            guard let item = nextItem(of: interest, after: cursor, arrival: reader.arrival) else { continue }
            if first.map({ item.position < $0.position }) ?? true { first = item }
        }
        return first
    }

    private mutating func collect(_ slot: Int, countMax: Int, byteCountMax: Int) -> Look? {
        let reader = readers[slot].reader!
        var cursor = reader.cursor
        var entries: [Entry] = []
        if let wokenBy = reader.wokenBy {
            // It was parked, so this is the first thing after its cursor, even if the history did not keep it.
            readers[slot].reader!.wokenBy = nil
            if wokenBy.position > cursor, case .notification = wokenBy.content {
                entries.append(wokenBy)
                cursor = wokenBy.position
            }
        }
        var byteCount = 0
        if reader.interests.count == 1 {
            takeRun(
                of: reader.interests[0], after: &cursor, into: &entries, countMax: countMax, byteCount: &byteCount,
                byteCountMax: byteCountMax)
        }
        while entries.count < countMax, byteCount < byteCountMax, let item = nextItem(of: reader, after: cursor) {
            if item.isGap {
                if entries.isEmpty { return tell(item, slot) }
                break
            }
            entries.append(item.entry!)
            byteCount += item.entry!.byteCount
            cursor = item.position
        }
        guard !entries.isEmpty else { return nil }
        if nextItem(of: reader, after: cursor) == nil { cursor = drainedCursor(of: reader, at: cursor) }
        readers[slot].reader!.cursor = cursor
        return .notifications(entries, self.cursor(at: cursor))
    }

    /// Takes the notifications that follow one another on a reader's only channel, up to what must be told otherwise: what most
    /// readers want, and without looking up each place anew.
    private func takeRun(
        of interest: Reader<Owner>.Interest, after cursor: inout UInt64, into entries: inout [Entry], countMax: Int,
        byteCount: inout Int, byteCountMax: Int
    ) {
        // Where there may be a gap, the long way finds it.
        guard channels[interest.channel]!.status == .on, channels[interest.channel]!.floor <= max(cursor, interest.knownFloor)
        else { return }
        let history = channels[interest.channel]!.history
        for entry in history.entries[history.index(after: cursor)...] {
            guard entries.count < countMax, byteCount < byteCountMax, case .notification = entry.content else { return }
            entries.append(entry)
            byteCount += entry.byteCount
            cursor = entry.position
        }
    }

    /// Where a reader stands that has read all up to `cursor` and has nothing after it. Spares a reader of many channels a
    /// gap that it has not had.
    private func drainedCursor(of reader: Reader<Owner>, at cursor: UInt64) -> UInt64 {
        reader.interests.reduce(cursor) { max($0, $1.knownFloor) }
    }

    private mutating func tell(_ item: Item, _ slot: Int) -> Look {
        let reader = readers[slot].reader!
        readers[slot].reader!.cursor = item.position
        // Channels that share the place share the gap, so that no cursor swallows one of them.
        let channels = reader.interests.filter { interest in
            guard let other = nextItem(of: interest, after: reader.cursor, arrival: reader.arrival) else { return false }
            return other.position == item.position && other.isGap
        }.map { self.channels[$0.channel]!.name }
        return .gap(
            Gap(
                reason: item.reason!, channels: channels, after: cursor(at: reader.cursor), id: cursor(at: item.position)))
    }
}
