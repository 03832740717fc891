/// How long to wait before the next attempt to connect: none before the first, then a random part of a growing span
/// ("full jitter"), so that many servers do not come back in step.
struct Backoff {
    /// The longest wait when PostgreSQL is away.
    static let longest = Duration.seconds(2)
    /// The longest wait when it refuses us for what only an operator can change.
    static let longestWhenRefused = Duration.seconds(10)
    /// The first span.
    static let shortest = Duration.milliseconds(50)

    private var attemptCount = 0

    /// The wait before the next attempt.
    mutating func next(isRefused: Bool, using generator: inout some RandomNumberGenerator) -> Duration {
        defer { attemptCount += 1 }
        guard attemptCount > 0 else { return .zero }
        let longest = isRefused ? Self.longestWhenRefused : Self.longest
        // 2^16 × 50 ms is far beyond the longest.
        let span = min(longest, Self.shortest * (1 << min(attemptCount - 1, 16)))
        return span * Double.random(in: 0...1, using: &generator)
    }

    mutating func reset() {
        attemptCount = 0
    }
}
