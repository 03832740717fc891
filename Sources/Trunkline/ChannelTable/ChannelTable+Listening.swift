import Threads

/// What PostgreSQL is to be told, and what it has said: wanted and actual are reconciled in batches, one at a time.
extension ChannelTable {
    /// One message for PostgreSQL.
    package enum Command: Sendable, Equatable {
        case listen([ChannelName])
        case unlisten([ChannelName])
    }

    /// The next command; the caller answers it with one of the methods below before it asks again.
    package mutating func nextCommand(now: MonotonicInstant) -> Command? {
        while let first = lingering.first, first <= now, let number = lingering.removeFirst() {
            channels[Int(number)].lingersUntil = nil
            leaving.append(Int(number))
        }
        return nextListen() ?? nextUnlisten()
    }

    private mutating func nextListen() -> Command? {
        var names: [ChannelName] = []
        while names.count < limits.batchCountMax, let index = toListen.first {
            // Looked at again: it may have been forgotten, or be listened to, since it was noted.
            guard channels[index].status == .off, channels[index].isWanted else {
                toListen.removeFirst()
                isNotedToListen[index] = false
                continue
            }
            if channels[index].listensAlone, !names.isEmpty { break }
            toListen.removeFirst()
            isNotedToListen[index] = false
            channels[index].status = .listening
            names.append(channels[index].name)
            if channels[index].listensAlone { break }
        }
        return names.isEmpty ? nil : .listen(names)
    }

    private mutating func nextUnlisten() -> Command? {
        var names: [ChannelName] = []
        while names.count < limits.batchCountMax, let index = leaving.popFirst() {
            guard !channels[index].isForgotten, !channels[index].isWanted else { continue }
            switch channels[index].status {
            case .on:
                channels[index].status = .unlistening
                names.append(channels[index].name)
            case .off:
                removeChannel(index)
            case .unlistening:
                // It came and went again since it was first noted, so that it stood there twice.
                continue
            case .listening:
                preconditionFailure("a LISTEN for \(channels[index].name) is under way while the next command is asked for")
            }
        }
        return names.isEmpty ? nil : .unlisten(names)
    }

    /// PostgreSQL has confirmed the LISTENs (ReadyForQuery).
    ///
    /// - Returns: the readers to wake: those who wait for just this, and all of a channel that tells a gap now.
    package mutating func confirmListen(_ names: [ChannelName], now: MonotonicInstant) -> [Owner] {
        var owners: [Owner] = []
        // One position for all floors and one for all gaps, so that a reader of many channels is told of one gap.
        var floor: UInt64?
        var gap: UInt64?
        for name in names {
            guard let index = indexes[name], channels[index].status == .listening else { continue }
            if channels[index].isLost {
                if gap == nil { gap = takePosition() }
                arm(index, at: gap!, now: now, waking: &owners)
            } else {
                if floor == nil { floor = takePosition() }
                arm(index, at: floor!, now: now, waking: &owners)
            }
        }
        return owners
    }

    /// PostgreSQL has confirmed the UNLISTENs.
    package mutating func confirmUnlisten(_ names: [ChannelName]) {
        for name in names {
            guard let index = indexes[name], channels[index].status == .unlistening else { continue }
            channels[index].status = .off
            if channels[index].isWanted { noteToListen(index) } else { removeChannel(index) }
        }
    }

    /// PostgreSQL has refused a batch: each of its channels is listened to alone from now on, which finds the culprit.
    package mutating func refuseBatch(_ names: [ChannelName]) {
        for name in names {
            guard let index = indexes[name], channels[index].status == .listening else { continue }
            channels[index].status = .off
            channels[index].listensAlone = true
            noteToListen(index)
        }
    }

    /// PostgreSQL has refused one channel: its readers, and only its, are told why.
    ///
    /// - Returns: the readers to wake; they find `failure`.
    package mutating func refuse(_ name: ChannelName, _ failure: TrunklineError, now: MonotonicInstant) -> [Owner] {
        guard let index = indexes[name], channels[index].status == .listening else { return [] }
        channels[index].status = .off
        var owners: [Owner] = []
        for slot in readers.indices {
            guard readers[slot].interests.contains(where: { $0.channel == index }) else { continue }
            // One that has failed already, for another of its channels, is told of that one.
            if readers[slot].failure == nil { readers[slot].failure = failure }
            if isParked(slot) {
                unpark(slot)
                owners.append(readers[slot].owner!)
            }
            // Its other channels keep it until it leaves; this one has nobody any more.
            readers[slot].interests.removeAll { $0.channel == index }
            _ = releaseInterest(in: index, now: now)
        }
        removeChannel(index)
        return owners
    }

    /// The connection is gone, after all that it had delivered was taken: everything wanted must be listened to again.
    package mutating func loseConnection() {
        leaving.removeAll()
        noteArming()
        for index in channels.indices {
            guard !channels[index].isForgotten else { continue }
            // What was being unlistened is not lost but given up, whoever wants it again.
            if channels[index].status == .on { channels[index].isLost = true }
            channels[index].status = .off
            if channels[index].isWanted { noteToListen(index) } else { removeChannel(index) }
        }
    }

    /// LISTEN holds from `position` on: told by its confirmation, or proven by the first notification.
    mutating func arm(_ index: Int, at position: UInt64, now: MonotonicInstant, waking owners: inout [Owner]) {
        channels[index].status = .on
        channels[index].listensAlone = false
        channels[index].confirmedPosition = position
        if channels[index].isLost {
            channels[index].isLost = false
            append(Entry(position: position, content: .reconnected, arrival: now), to: index, now: now, waking: &owners)
        } else {
            // What is left from before it was unlistened lies below the new floor.
            dropHistory(of: index)
            channels[index].floor = position
            channels[index].floorOrigin = .listening
            wake(index, onlyAwaitingConfirmation: true, waking: &owners)
        }
    }
}
