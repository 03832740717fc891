import TestSupport
import Threads

@testable import TrunklineBench

/// Runs a benchmark of a few readers against a URL, with changes to its settings.
func run(
    _ work: Benchmark.Work, _ url: String, stop: EventDescriptor? = nil, _ change: @Sendable (inout BenchSettings) -> Void
) async throws -> BenchResult {
    var settings = BenchSettings(target: try Target(url: url))
    settings.readerCount = 5
    settings.posterCount = 2
    settings.limit = .count(100)
    settings.warmUp = .milliseconds(20)
    change(&settings)
    let (changed, stopping) = (settings, try stop ?? EventDescriptor())
    return try await offPool { try Benchmark.run(work, changed, stop: stopping) }
}
