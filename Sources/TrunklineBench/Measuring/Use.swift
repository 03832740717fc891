/// What one side of a run has used while it was measured.
package struct Use: Codable, Sendable, Equatable {
    package let cpuSeconds: Double
    /// Of one core; above 1 for more than one.
    package let cpuShare: Double
    /// Of CPU; `nil` when there was no unit.
    package let microsecondsPerUnit: Double?
    /// At the end; what processes share is counted for each.
    package let residentBytes: Int?
    /// By how much the memory has grown for each connection that stands.
    package let residentBytesPerConnection: Double?

    init(cpuSeconds: Double, seconds: Double, unitCount: Int, residentBytes: Int? = nil, perConnection: Double? = nil) {
        self.cpuSeconds = cpuSeconds
        cpuShare = seconds > 0 ? cpuSeconds / seconds : 0
        microsecondsPerUnit = unitCount > 0 ? cpuSeconds * 1_000_000 / Double(unitCount) : nil
        self.residentBytes = residentBytes
        residentBytesPerConnection = perConnection
    }
}
