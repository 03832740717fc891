import HistoryChecker
import TestSupport
import Testing
import Threads

/// A thousand channels are listened to again in batches, while posts go on without a pause.
@Suite("A reconnect", .serialized)
struct ReconnectTests {
    @Test("of 1,000 channels under posts without a pause: nothing that was committed is both unseen and outside of a gap")
    func manyChannels() async throws {
        let groups = (0..<10).map { group in (0..<100).map { "c\(group)x\($0)" } }
        let channels = groups.flatMap { $0 }
        let generator = SplitMix64()
        let stage = try await offPool { try WireStage(PostgresCluster(), channels: channels, seed: generator) }
        let readers = groups.enumerated().map { number, names -> any RecordingReader in
            number.isMultiple(of: 2)
                ? EventSourceReader(names, name: "sse \(number)", port: stage.port())
                : LineStreamReader(names, name: "ndjson \(number)", port: stage.port())
        }
        let writers = (0..<2).map { number in
            PsqlWriter("psql\(number)", channels, cluster: stage.cluster, database: stage.database, batchCount: 10)
        }
        let verdict = try await stage.rehearsal(readers: readers, writers: writers).run(
            for: .seconds(4),
            faults: { isOver in
                var next = MonotonicInstant.now
                while !isOver() {
                    try stage.cluster.terminateBackend(applicationName: "trunkline listener")
                    next = next + .seconds(1)
                    try blockUntil("a second has passed", within: .seconds(20)) { MonotonicInstant.now >= next || isOver() }
                }
            })
        print("1,000 channels, \(generator)\n\(verdict)")
        #expect(verdict.violations == [])
        #expect(verdict.acknowledgedCount > 2_000)
        for tally in verdict.tallies { #expect(tally.gapCounts["reconnected", default: 0] > 0, "\(tally)") }
    }
}
