/// What a run has found.
package struct BenchResult: Codable, Sendable, Equatable {
    /// How the connections came to stand.
    package struct Opening: Codable, Sendable, Equatable {
        package let askedCount: Int
        /// Those that were let in.
        package let establishedCount: Int
        /// Until the last one was connected.
        package let connectSeconds: Double
        /// From then until the last one was let in.
        package let settleSeconds: Double
    }

    package enum Work: String, Codable, Sendable {
        case post, fanout, roundtrip, hold, database
    }

    package let work: Work
    /// What is counted and what costs are reckoned for.
    package let unit: String
    package internal(set) var isInterrupted = false
    package internal(set) var seconds = 0.0 { didSet { reckonRate() } }
    package internal(set) var count = 0 { didSet { reckonRate() } }
    /// Units a second.
    package private(set) var rate = 0.0
    /// Posts that were confirmed.
    package internal(set) var postCount: Int?
    /// From the post, or from when it was due, to its confirmation.
    package internal(set) var postLatency: LatencySummary?
    /// From the post, or from when it was due, to the reader.
    package internal(set) var latency: LatencySummary?
    package internal(set) var deliveries: DeliveryCounts?
    /// Posts made once more as their delivery did not come.
    package internal(set) var repeatedCount: Int?
    package internal(set) var opening: Opening?
    /// Connections that still stood at the end.
    package internal(set) var standingCount: Int?
    package internal(set) var faults = Faults()
    package internal(set) var generator = Use(cpuSeconds: 0, seconds: 0, unitCount: 0)
    package internal(set) var server: Use?
    package internal(set) var database: Use?

    init(_ work: Work, unit: String) {
        self.work = work
        self.unit = unit
    }

    /// The generator was so busy that the server may be faster than it looks.
    package var isGeneratorBusy: Bool { generator.cpuShare > 0.9 }

    /// Whether nothing was lost, doubled or refused, and everybody was let in.
    package var isClean: Bool {
        let isComplete = deliveries.map { $0.missing == 0 && $0.duplicates == 0 } ?? true
        let isOpen = isInterrupted || opening.map { $0.establishedCount == $0.askedCount } ?? true
        return isComplete && isOpen && faults.count == 0
    }

    private mutating func reckonRate() {
        rate = seconds > 0 ? Double(count) / seconds : 0
    }

    /// Notes how the engine has fared.
    mutating func takeEnd(of engine: borrowing Engine) {
        isInterrupted = engine.isStopping
        faults = engine.faults
    }
}
