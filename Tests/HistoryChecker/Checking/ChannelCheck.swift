import Threads

/// Judges what one reader saw on one channel.
///
/// A notification that the reader was promised and did not see is covered by a gap if, and only if,
/// - the gap names the channel,
/// - its place in the common order may be between the last notification of the channel that the reader saw before the gap and
///   the first one it saw after it,
/// - and it was sent before the reader had been told: whoever has been told of a gap misses nothing that is posted from then on.
///
/// It was promised if it was sent after the reader was armed, or stands after the first thing the reader saw on the channel,
/// and stands before the notification that ended the run for it.
struct ChannelCheck {
    /// A gap, between what the reader saw before and after it.
    private struct ToldGap {
        let seenBeforeCount: Int
        let told: MonotonicInstant
    }

    private let reader: ReaderHistory
    private let channel: String
    private let order: CommonOrder
    private var armed: MonotonicInstant?
    /// Payloads in the order in which they were first seen.
    private(set) var seen: [String] = []
    private var gaps: [ToldGap] = []
    private(set) var violations: [Violation] = []
    /// Promised and acknowledged, and promised and covered.
    private(set) var acknowledgedCount = 0
    private(set) var missedCount = 0

    init(_ reader: ReaderHistory, channel: String, order: CommonOrder) {
        self.reader = reader
        self.channel = channel
        self.order = order
        collect()
        checkOrder()
        checkCompleteness()
    }

    private mutating func collect() {
        var known: Set<String> = []
        var toldGaps: Set<String> = []
        for sighting in reader.sightings {
            switch sighting.what {
            case .armed: armed = armed ?? sighting.instant
            case .notification(channel, let payload):
                if known.insert(payload).inserted {
                    seen.append(payload)
                } else if !reader.mayRepeat {
                    violations.append(.duplicate(reader: reader.name, payload: payload))
                }
                if order.writings[payload].map({ $0.outcome == .notPosted }) ?? true {
                    violations.append(.phantom(reader: reader.name, payload: payload))
                }
            case .gap(let reason, let channels, let id) where channels?.contains(channel) ?? true:
                if let id, !toldGaps.insert("\(reason) \(id)").inserted {
                    violations.append(.gapRepeated(reader: reader.name, channel: channel, id: id))
                }
                gaps.append(ToldGap(seenBeforeCount: seen.count, told: sighting.instant))
            case .notification, .gap: break
            }
        }
    }

    private mutating func checkOrder() {
        for (first, second) in zip(seen, seen.dropFirst()) where order.isBefore(second, first) {
            violations.append(.outOfOrder(reader: reader.name, payload: second, after: first))
        }
    }

    private mutating func checkCompleteness() {
        guard let end = seen.first(where: { Closing.isClosing($0) }) else {
            violations.append(.deaf(reader: reader.name, channel: channel))
            return
        }
        let known = Set(seen)
        for writing in order.writings.values where isCommitted(writing) && isPromised(writing, end: end) {
            if writing.outcome == .acknowledged { acknowledgedCount += 1 }
            guard !known.contains(writing.payload) else { continue }
            if isCovered(writing) {
                missedCount += 1
            } else {
                violations.append(.lost(reader: reader.name, channel: channel, payload: writing.payload))
            }
        }
    }

    private func isCommitted(_ writing: Writing) -> Bool {
        writing.outcome == .acknowledged || order.isWitnessed(writing.payload)
    }

    private func isPromised(_ writing: Writing, end: String) -> Bool {
        guard !order.isBefore(end, writing.payload) else { return false }
        if let armed, writing.invoked > armed { return true }
        return seen[0] == writing.payload || order.isBefore(seen[0], writing.payload)
    }

    private func isCovered(_ writing: Writing) -> Bool {
        let beforeCount = seen.partitionCount { order.isBefore($0, writing.payload) }
        let notAfterCount = seen.partitionCount { !order.isBefore(writing.payload, $0) }
        return gaps.contains { gap in
            (beforeCount...max(beforeCount, notAfterCount)).contains(gap.seenBeforeCount) && writing.invoked <= gap.told
        }
    }
}
