/// How long something took, in microseconds: half of all at most `p50`, 99 of 100 at most `p99`, and so on.
package struct LatencySummary: Codable, Sendable, Equatable {
    package let p50: Double
    package let p90: Double
    package let p99: Double
    package let p999: Double
    package let max: Double
}
