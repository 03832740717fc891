import Threads

/// Parking and claiming: a parked reader is woken exactly once, by whoever takes its ticket.
extension ChannelTable {
    /// Takes a parked reader out of its queues: a time-out, a peer that has gone, a stop.
    ///
    /// - Returns: its owner, to be woken; `nil` if somebody else was first, or it was not parked.
    package mutating func claim(_ id: ReaderID) -> Owner? {
        guard let reader = self[id], reader.ticket != 0 else { return nil }
        unpark(id.slot)
        return reader.owner
    }

    /// Takes all parked readers out of their queues.
    package mutating func claimAll() -> [Owner] {
        var owners: [Owner] = []
        for slot in readers.indices {
            guard let reader = readers[slot].reader, reader.ticket != 0 else { continue }
            unpark(slot)
            owners.append(reader.owner)
        }
        return owners
    }

    mutating func park(_ slot: Int, isCaughtUp: Bool, awaitsConfirmation: Bool) {
        precondition(readers[slot].reader!.ticket == 0, "a reader is parked once at a time")
        lastTicket += 1
        readers[slot].reader!.ticket = lastTicket
        readers[slot].reader!.isCaughtUp = isCaughtUp
        readers[slot].reader!.awaitsConfirmation = awaitsConfirmation
        for interest in readers[slot].reader!.interests {
            channels[interest.channel]!.waiters.append(.init(slot: slot, ticket: lastTicket))
        }
    }

    mutating func unpark(_ slot: Int) {
        claim(slot, from: nil)
    }

    /// Voids the reader's ticket in all queues but the one it was just taken from.
    mutating func claim(_ slot: Int, from index: Int?) {
        guard let reader = readers[slot].reader, reader.ticket != 0 else { return }
        readers[slot].reader!.ticket = 0
        readers[slot].reader!.isCaughtUp = false
        readers[slot].reader!.awaitsConfirmation = false
        if reader.interests.count == 1, index != nil { return }
        for interest in reader.interests where interest.channel != index {
            let readers = self.readers
            channels[interest.channel]!.waiters.noteVoidTicket { readers[$0.slot].reader?.ticket == $0.ticket }
        }
    }
}
