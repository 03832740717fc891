import DequeModule

/// The readers that are parked on one channel, in the order in which they came.
///
/// A reader that leaves before it was woken stays in the queue as a ticket that nobody holds any more; such tickets are
/// swept out when they are the greater part. So parking, leaving and waking all cost the same, however many wait.
struct WaiterQueue {
    /// A reader's slot and the ticket it got when it parked: valid as long as the reader still holds that ticket.
    struct Place {
        let slot: Int
        let ticket: UInt64
    }

    /// In order; the caller skips those whose ticket is void.
    private(set) var places: [Place] = []
    private var staleCount = 0

    var isEmpty: Bool { places.isEmpty }

    /// How many parked readers there are.
    var waiterCount: Int { places.count - staleCount }

    mutating func append(_ place: Place) {
        places.append(place)
    }

    /// Empties the queue, and keeps its memory for those who come next.
    mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        staleCount = 0
    }

    /// Notes that one of the tickets is void; `isValid` decides which ones stay when it is time to sweep.
    mutating func noteVoidTicket(isValid: (Place) -> Bool) {
        staleCount += 1
        guard staleCount > 16, staleCount > places.count / 2 else { return }
        places.removeAll { !isValid($0) }
        staleCount = 0
    }
}
