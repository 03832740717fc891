import DequeModule
import Threads

/// What a channel keeps of its past, oldest first, bounded in count, bytes and age.
struct History {
    /// The bounds of one channel; 0 keeps nothing.
    struct Bounds: Sendable {
        let countMax: Int
        let byteCountMax: Int
        /// A number, as it is compared at every look.
        fileprivate let ageNanosecondsMax: Int64

        init(countMax: Int, byteCountMax: Int, ageMax: Duration) {
            self.countMax = countMax
            self.byteCountMax = byteCountMax
            ageNanosecondsMax = ageMax.nanoseconds
        }
    }

    private(set) var entries: Deque<Entry> = []
    private(set) var byteCount = 0

    mutating func append(_ entry: Entry) {
        precondition(entries.last.map { $0.position < entry.position } ?? true, "positions only grow")
        entries.append(entry)
        byteCount += entry.byteCount
    }

    /// Drops the oldest entry.
    @discardableResult
    mutating func dropFirst() -> Entry? {
        guard let entry = entries.popFirst() else { return nil }
        byteCount -= entry.byteCount
        return entry
    }

    /// Whether the oldest entry is outside of the bounds.
    func isOver(_ bounds: Bounds, now: MonotonicInstant) -> Bool {
        guard let first = entries.first else { return false }
        return entries.count > bounds.countMax || byteCount > bounds.byteCountMax
            || now.nanoseconds - first.arrival.nanoseconds > bounds.ageNanosecondsMax
    }

    /// The position of the first entry that came after `instant`; `nil` if there is none.
    func firstPosition(after instant: MonotonicInstant) -> UInt64? {
        // Nearly always there is none, or one.
        var index = entries.count
        while index > 0, entries[index - 1].arrival > instant { index -= 1 }
        return index < entries.count ? entries[index].position : nil
    }

    /// The index of the first entry after `position`; `entries.count` if there is none.
    func index(after position: UInt64) -> Int {
        // Nearly every reader is at the end, or one entry before it.
        guard let last = entries.last, last.position > position else { return entries.count }
        var low = 0
        var high = entries.count - 1
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].position > position { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
