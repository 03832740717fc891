/// Numbers ordered by their deadlines: a binary heap that knows where each number stands, so that the many time-outs which
/// never pass (the request was answered) leave no trace.
///
/// The numbers are small: it takes four bytes for each up to the largest.
package struct DeadlineHeap: Sendable {
    package init() {}

    private var heap: [(instant: MonotonicInstant, number: UInt64)] = []
    /// Where each number stands in the heap; -1 if it does not.
    private var places: [Int32] = []

    /// The earliest deadline.
    package var first: MonotonicInstant? { heap.first?.instant }

    /// The number with the earliest deadline.
    package var firstNumber: UInt64? { heap.first?.number }

    package var count: Int { heap.count }

    /// Adds a number that is not in the heap.
    package mutating func insert(_ number: UInt64, at instant: MonotonicInstant) {
        let missingCount = Int(number) - places.count + 1
        if missingCount > 0 { places.append(contentsOf: repeatElement(-1, count: missingCount)) }
        precondition(places[Int(number)] < 0, "the deadline \(number) is set already")
        heap.append((instant, number))
        places[Int(number)] = Int32(heap.count - 1)
        rise(from: heap.count - 1)
    }

    /// Takes out the number with the earliest deadline.
    package mutating func removeFirst() -> UInt64? {
        guard let number = heap.first?.number else { return nil }
        remove(number)
        return number
    }

    /// Takes out a number; one that is not there is no error.
    package mutating func remove(_ number: UInt64) {
        guard number < places.count, places[Int(number)] >= 0 else { return }
        let place = Int(places[Int(number)])
        places[Int(number)] = -1
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        places[Int(last.number)] = Int32(place)
        rise(from: place)
        sink(from: place)
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].instant < heap[parent].instant else { return }
            exchange(place, parent)
            place = parent
        }
    }

    private mutating func sink(from start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].instant < heap[least].instant {
                least = child
            }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        places[Int(heap[left].number)] = Int32(left)
        places[Int(heap[right].number)] = Int32(right)
    }
}
