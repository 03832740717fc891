import Threads

/// The order in which the notifications of one channel were committed, as far as it can be known.
///
/// The witness's order is that of the commits. What the witness did not see (it is away while PostgreSQL is) stands between
/// those that were certainly committed before and after it: a post that was answered before another was sent was committed
/// before it.
struct CommonOrder {
    /// Where a notification can stand: after the witnessed one at `low` and before the one at `high`; a witnessed one stands at
    /// its own index, which both are then.
    private struct Place {
        var low: Int
        var high: Int
    }

    let writings: [String: Writing]
    private var places: [String: Place] = [:]
    private let indexes: [String: Int]

    /// - Parameters:
    ///   - writings: those of the channel.
    ///   - witnessed: the payloads of the channel in the order of the commits.
    init(_ writings: [Writing], witnessed: [String]) {
        self.writings = Dictionary(writings.map { ($0.payload, $0) }, uniquingKeysWith: { first, _ in first })
        indexes = Dictionary(zip(witnessed, witnessed.indices), uniquingKeysWith: { first, _ in first })
        let bounds = Bounds(witnessed.enumerated().compactMap { index, payload in self.writings[payload].map { ($0, index) } })
        for writing in writings {
            if let index = indexes[writing.payload] {
                places[writing.payload] = Place(low: index, high: index)
            } else {
                places[writing.payload] = Place(
                    low: bounds.last(finishedBefore: writing.invoked), high: bounds.first(invokedAfter: writing.finished))
            }
        }
    }

    func isWitnessed(_ payload: String) -> Bool { indexes[payload] != nil }

    /// Whether `first` was certainly committed before `second`.
    func isBefore(_ first: String, _ second: String) -> Bool {
        guard let left = writings[first], let right = writings[second], first != second else { return false }
        if let leftIndex = indexes[first], let rightIndex = indexes[second] { return leftIndex < rightIndex }
        if left.writer == right.writer { return left.serial < right.serial }
        if left.finished < right.invoked { return true }
        guard let leftPlace = places[first], let rightPlace = places[second] else { return false }
        return leftPlace.high <= rightPlace.low
    }

    /// Finds the nearest witnessed neighbours of an instant.
    private struct Bounds {
        private var finished: [(instant: MonotonicInstant, index: Int)]
        private var invoked: [(instant: MonotonicInstant, index: Int)]

        init(_ witnessed: [(writing: Writing, index: Int)]) {
            finished = witnessed.map { ($0.writing.finished, $0.index) }.sorted { $0.instant < $1.instant }
            for place in finished.indices.dropFirst() {
                finished[place].index = max(finished[place].index, finished[place - 1].index)
            }
            invoked = witnessed.map { ($0.writing.invoked, $0.index) }.sorted { $0.instant < $1.instant }
            for place in invoked.indices.dropLast().reversed() {
                invoked[place].index = min(invoked[place].index, invoked[place + 1].index)
            }
        }

        func last(finishedBefore instant: MonotonicInstant) -> Int {
            let count = finished.partitionCount { $0.instant < instant }
            return count == 0 ? -1 : finished[count - 1].index
        }

        func first(invokedAfter instant: MonotonicInstant) -> Int {
            let count = invoked.partitionCount { $0.instant <= instant }
            return count == invoked.count ? .max : invoked[count].index
        }
    }
}

extension Array {
    /// How many elements at the beginning satisfy `predicate`, which holds for a beginning of the array only.
    func partitionCount(_ predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
