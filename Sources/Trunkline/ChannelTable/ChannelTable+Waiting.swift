/// Parking and claiming: a parked reader is woken exactly once, by whoever takes its ticket.
extension ChannelTable {
    /// Takes a parked reader out of its queues: a time-out, a peer that has gone, a stop.
    ///
    /// - Returns: its owner, to be woken; `nil` if somebody else was first, or it was not parked.
    package mutating func claim(_ id: ReaderID) -> Owner? {
        guard isAttached(id), isParked(id.slot) else { return nil }
        unpark(id.slot)
        return readers[id.slot].owner!
    }

    /// Takes all parked readers out of their queues.
    package mutating func claimAll() -> [Owner] {
        var owners: [Owner] = []
        for slot in readers.indices where isParked(slot) {
            unpark(slot)
            owners.append(readers[slot].owner!)
        }
        return owners
    }

    mutating func park(_ slot: Int) {
        precondition(!isParked(slot), "a reader is parked once at a time")
        lastTicket += 1
        readers[slot].ticket = lastTicket
        for place in readers[slot].interests.indices {
            let index = readers[slot].interests[place].channel
            channels[index].waiters.append(.init(slot: slot, ticket: lastTicket))
        }
    }

    /// Takes a reader out of its queues, if it is parked.
    mutating func unpark(_ slot: Int) {
        guard isParked(slot) else { return }
        voidTicket(of: slot, butIn: nil)
    }

    /// Takes the parked readers out of a channel's queue: all, or only those that await a confirmation.
    ///
    /// - Parameter entry: what wakes them; kept for those who have read all before it.
    mutating func wake(
        _ index: Int, with entry: Entry? = nil, onlyAwaitingConfirmation: Bool = false, waking owners: inout [Owner]
    ) {
        guard !channels[index].waiters.isEmpty else { return }
        // Taken out while readers are claimed one after the other, and given back for its memory.
        var woken = WaiterQueue()
        swap(&woken, &channels[index].waiters)
        // The first channel's all at once. To make room for each further one would move all that are there each time.
        if owners.isEmpty { owners.reserveCapacity(woken.waiterCount) }
        for place in woken.places where readers[place.slot].ticket == place.ticket {
            guard !onlyAwaitingConfirmation || readers[place.slot].awaitsConfirmation else {
                channels[index].waiters.append(place)
                continue
            }
            if readers[place.slot].isCaughtUp { readers[place.slot].wokenBy = entry }
            voidTicket(of: place.slot, butIn: index)
            owners.append(readers[place.slot].owner!)
        }
        guard channels[index].waiters.isEmpty else { return }
        woken.removeAll()
        swap(&woken, &channels[index].waiters)
    }

    func isParked(_ slot: Int) -> Bool { readers[slot].ticket != 0 }

    /// Voids a parked reader's ticket in all queues but that of the channel it was just taken from.
    private mutating func voidTicket(of slot: Int, butIn taken: Int?) {
        readers[slot].ticket = 0
        for place in readers[slot].interests.indices {
            let index = readers[slot].interests[place].channel
            guard index != taken else { continue }
            channels[index].waiters.noteVoidTicket { [readers] in readers[$0.slot].ticket == $0.ticket }
        }
    }
}
