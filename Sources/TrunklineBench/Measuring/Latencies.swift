import Histogram

/// Latencies from 1 ns to an hour, to three digits.
struct Latencies {
    private static let highest: UInt64 = 3_600_000_000_000

    private var histogram = Histogram<UInt64>(highestTrackableValue: highest, numberOfSignificantValueDigits: .three)

    mutating func add(_ nanoseconds: Int64) {
        histogram.record(min(UInt64(max(0, nanoseconds)), Self.highest))
    }

    mutating func reset() {
        histogram.reset()
    }

    /// `nil` when there are none.
    var summary: LatencySummary? {
        guard histogram.totalCount > 0 else { return nil }
        func microseconds(_ percentile: Double) -> Double {
            Double(min(histogram.valueAtPercentile(percentile), histogram.maxRecorded)) / 1_000
        }
        return LatencySummary(
            p50: microseconds(50), p90: microseconds(90), p99: microseconds(99), p999: microseconds(99.9),
            max: Double(histogram.maxRecorded) / 1_000)
    }
}
