import Threads

/// What PostgreSQL has warned of, so that the log says the same thing once a minute at most: "NOTIFY queue is 51% full" comes
/// every few seconds, each time with another number.
struct Warnings {
    /// How long a warning is remembered.
    static let memory = Duration.seconds(60)
    /// How many different ones are remembered.
    static let countMax = 16

    private var told: [String: MonotonicInstant] = [:]

    /// Whether no warning with these words, whatever its numbers, was told lately; it counts as told now.
    mutating func isNews(_ warning: String, _ now: MonotonicInstant) -> Bool {
        told = told.filter { now - $0.value < Self.memory }
        let words = warning.filter { !$0.isNumber }
        guard told[words] == nil else { return false }
        if told.count < Self.countMax { told[words] = now }
        return true
    }
}
