/// What a reader finds in its channels, and how it moves on.
///
/// It is worked out where reader and channels stand in the table, field by field: a method of `Channel`, called from here,
/// would begin with a copy of the channel.
extension Reader {
    /// What there is next, by positions and by the places of the channels in the table.
    enum Finding {
        /// All its channels are confirmed; `nil` if a gap comes first.
        case armed(UInt64?)
        /// At least one notification, and the point after the last one.
        case notifications([Entry], UInt64)
        /// A loss on these channels, after the first position, and up to the second.
        case gap(Gap.Reason, channels: [Int], after: UInt64?, id: UInt64)
        case nothing
        case failed(TrunklineError)
    }

    /// What is next, at most `countMax` notifications, and none after those that reach `byteCountMax`.
    ///
    /// - Parameter present: the last position given.
    mutating func look(in channels: [Channel], at present: UInt64, countMax: Int, byteCountMax: Int) -> Finding {
        precondition(ticket == 0, "a parked reader is claimed before it looks")
        if let failure { return .failed(failure) }
        let isArmed = noteArming(in: channels)
        if isRestarted || announcesArming {
            // Told when all channels are confirmed: from there on everything is complete.
            guard isArmed else { return rest(isCaughtUp: false, awaitsConfirmation: true) }
            guard isRestarted else { return announceArming(in: channels) }
            return announcesArming ? announceBeforeGap(at: present) : tellRestart(at: present)
        }
        if let found = collect(in: channels, countMax: countMax, byteCountMax: byteCountMax) { return found }
        return rest(isCaughtUp: true, awaitsConfirmation: !isArmed && hasCursor)
    }

    /// Notes for each channel that was not confirmed when the reader came whether it is now.
    ///
    /// - Returns: whether all of them are.
    mutating func noteArming(in channels: [Channel]) -> Bool {
        var isArmed = true
        for place in interests.indices {
            let number = interests[place].channel
            guard channels[number].status == .on else {
                isArmed = false
                continue
            }
            if interests[place].isStarting {
                interests[place].isStarting = false
                interests[place].knownFloor = channels[number].confirmedPosition
            }
        }
        return isArmed
    }

    /// Whether there is something for it that it has not had.
    func hasMore(in channels: [Channel]) -> Bool {
        nextItem(in: channels, after: cursor) != nil
    }

    /// Where a reader stands that has read all up to `cursor` and has nothing after it. Spares a reader of many channels a
    /// gap that it has not had.
    func drainedCursor(at cursor: UInt64) -> UInt64 {
        interests.reduce(cursor) { max($0, $1.knownFloor) }
    }

    private mutating func rest(isCaughtUp: Bool, awaitsConfirmation: Bool) -> Finding {
        self.isCaughtUp = isCaughtUp
        self.awaitsConfirmation = awaitsConfirmation
        return .nothing
    }

    private mutating func tellRestart(at present: UInt64) -> Finding {
        // From where it was told that it is armed, or from now: complete from there on.
        let place = restartPosition ?? present
        isRestarted = false
        cursor = place
        return .gap(.restarted, channels: interests.map(\.channel), after: nil, id: place)
    }

    private mutating func announceBeforeGap(at present: UInt64) -> Finding {
        announcesArming = false
        restartPosition = present
        return .armed(nil)
    }

    private mutating func announceArming(in channels: [Channel]) -> Finding {
        announcesArming = false
        // Without a cursor, the few that came before the last confirmation were never promised; the stream starts at one clear
        // point.
        if !hasCursor { cursor = drainedCursor(at: cursor) }
        let isGapNext = nextItem(in: channels, after: cursor)?.isGap ?? false
        return .armed(isGapNext ? nil : cursor)
    }

    private mutating func collect(in channels: [Channel], countMax: Int, byteCountMax: Int) -> Finding? {
        var end = cursor
        var entries: [Entry] = []
        // It was parked, so this is the first thing after its cursor, even if the history did not keep it.
        if let wokenBy = wokenBy.take(), wokenBy.position > end, case .notification = wokenBy.content {
            end = wokenBy.position
            entries.append(wokenBy)
        }
        var byteCount = 0
        if interests.count == 1 {
            byteCount = takeRun(
                in: channels, after: &end, into: &entries, countMax: countMax, byteCountMax: byteCountMax)
        }
        var next = nextItem(in: channels, after: end)
        while entries.count < countMax, byteCount < byteCountMax, let item = next {
            guard let entry = item.entry else {
                if entries.isEmpty { return tell(item, in: channels) }
                break
            }
            entries.append(entry)
            byteCount += entry.byteCount
            end = item.position
            next = nextItem(in: channels, after: end)
        }
        guard !entries.isEmpty else { return nil }
        cursor = next == nil ? drainedCursor(at: end) : end
        return .notifications(entries, cursor)
    }

    private mutating func tell(_ item: Item, in channels: [Channel]) -> Finding {
        let after = cursor
        cursor = item.position
        // Channels that share the place share the gap, so that no cursor swallows one of them.
        let sharing = interests.filter { interest in
            guard let other = nextItem(of: interest, in: channels, after: after) else { return false }
            return other.position == item.position && other.isGap
        }
        return .gap(item.reason!, channels: sharing.map(\.channel), after: after, id: item.position)
    }

    /// Takes the notifications that follow one another on a reader's only channel, up to what must be told otherwise: what most
    /// readers want, and without looking up each place anew.
    private func takeRun(
        in channels: [Channel], after cursor: inout UInt64, into entries: inout [Entry], countMax: Int, byteCountMax: Int
    ) -> Int {
        let number = interests[0].channel
        var byteCount = 0
        // Where there may be a gap, the long way finds it.
        guard channels[number].status == .on, channels[number].floor <= max(cursor, interests[0].knownFloor) else {
            return byteCount
        }
        var index = channels[number].history.index(after: cursor)
        while index < channels[number].history.entries.count, entries.count < countMax, byteCount < byteCountMax {
            let entry = channels[number].history.entries[index]
            guard case .notification = entry.content else { break }
            entries.append(entry)
            byteCount += entry.byteCount
            cursor = entry.position
            index += 1
        }
        return byteCount
    }

    /// One thing a reader is to be told, at its place in the order.
    private struct Item {
        let position: UInt64
        /// Why there is a gap; `nil` for a notification.
        let reason: Gap.Reason?
        /// The notification; `nil` for a gap.
        let entry: Entry?

        var isGap: Bool { reason != nil }
    }

    /// The next item of all channels.
    private func nextItem(in channels: [Channel], after cursor: UInt64) -> Item? {
        var first: Item?
        for place in interests.indices {
            guard let item = nextItem(of: interests[place], in: channels, after: cursor) else { continue }
            if first.map({ item.position < $0.position }) ?? true { first = item }
        }
        return first
    }

    /// The next item of one channel.
    private func nextItem(of interest: Interest, in channels: [Channel], after cursor: UInt64) -> Item? {
        let number = interest.channel
        // Until its LISTEN is confirmed, it is not known up to where it is complete. After a loss, what came before still is.
        let status = channels[number].status
        if status == .listening || status == .off, !channels[number].isLost { return nil }
        let floor = channels[number].floor
        if floor > max(cursor, interest.knownFloor) {
            let reason: Gap.Reason =
                switch channels[number].floorOrigin {
                case .listening: .unlistened
                case .reconnected: .reconnected
                case .dropped: floor > arrival ? .overflow : .expired
                }
            return Item(position: floor, reason: reason, entry: nil)
        }
        var index = channels[number].history.index(after: cursor)
        while index < channels[number].history.entries.count {
            let entry = channels[number].history.entries[index]
            switch entry.content {
            case .notification:
                return Item(position: entry.position, reason: nil, entry: entry)
            case .reconnected where entry.position > interest.knownFloor:
                return Item(position: entry.position, reason: .reconnected, entry: nil)
            case .reconnected:
                index += 1
            }
        }
        return nil
    }
}
