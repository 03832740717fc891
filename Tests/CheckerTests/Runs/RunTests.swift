import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

/// Readers of every kind, writers of every kind, and a fault: nobody loses silently.
///
/// One after the other: each run wants the machine for itself.
@Suite("A run", .serialized)
struct RunTests {
    private static let channels = ["a", "b"]
    private let generator = SplitMix64()

    /// A reader of each kind through the stage's proxy; the library has a listener of its own.
    private func rehearse(
        _ stage: WireStage, for length: Duration, writers: [any Writer]? = nil,
        faults: @escaping @Sendable (WireStage, Rehearsal.IsOver) throws -> Void = { _, _ in },
        beforeTheEnd: @escaping @Sendable (WireStage) -> Void = { _ in }, name: String = #function
    ) async throws -> Verdict {
        let verdict = try await withHub(database: stage.conninfo) { hub in
            let port = stage.proxy.port
            let readers: [any RecordingReader] = [
                PollReader(["a"], .text, port: port), PollReader(Self.channels, .json, port: port),
                CurlLoopReader("a", port: port, directory: "\(stage.cluster.directory)/curl-\(port)"),
                EventSourceReader(["b"], port: port), EventSourceReader(Self.channels, name: "sse json", port: port),
                LineStreamReader(Self.channels, port: port), try LibraryReader(Self.channels, hub: hub),
            ]
            return try await stage.rehearsal(readers: readers, writers: writers ?? self.writers(stage)).run(
                for: length, faults: { try faults(stage, $0) }, beforeTheEnd: { beforeTheEnd(stage) })
        }
        print("\(name), \(generator)\n\(verdict)")
        return verdict
    }

    private func writers(_ stage: WireStage) -> [any Writer] {
        [
            PostWriter("post", Self.channels, pause: .milliseconds(4), port: stage.port),
            PostWriter("batch", Self.channels, batchCount: 20, pause: .milliseconds(100), port: stage.port),
            PsqlWriter("psql", Self.channels, cluster: stage.cluster, database: stage.database, pause: .milliseconds(10)),
        ]
    }

    private func shared(_ flags: [String] = []) async throws -> WireStage {
        try await offPool { try WireStage(.shared, channels: Self.channels, flags: flags, seed: generator) }
    }

    private func own(_ flags: [String] = []) async throws -> WireStage {
        try await offPool { try WireStage(PostgresCluster(), channels: Self.channels, flags: flags, seed: generator) }
    }

    @Test("with no fault at all: everything is seen, and there is no gap")
    func quiet() async throws {
        let verdict = try await rehearse(try await shared(), for: .seconds(2))
        #expect(verdict.violations == [])
        #expect(verdict.unknownCount == 0)
        for tally in verdict.tallies {
            #expect(tally.gapCount == 0, "\(tally)")
            #expect(tally.seenCount >= tally.acknowledgedCount, "\(tally)")
        }
    }

    @Test("of bursts of 10,000 in one transaction")
    func bursts() async throws {
        let stage = try await shared()
        let verdict = try await rehearse(
            stage, for: .seconds(2),
            writers: [
                PsqlWriter(
                    "burst", Self.channels, cluster: stage.cluster, database: stage.database, batchCount: 10_000,
                    pause: .milliseconds(1_500)),
                PostWriter("post", Self.channels, pause: .milliseconds(20), port: stage.port),
            ])
        #expect(verdict.violations == [])
        #expect(verdict.acknowledgedCount >= 10_000)
    }

    @Test("with readers cut at random bytes: whoever comes back with a cursor misses nothing, and has nothing twice")
    func cuts() async throws {
        let stage = try await shared()
        let descriptorCount = try stage.process.openDescriptors
        let verdict = try await rehearse(
            stage, for: .seconds(4),
            faults: { stage, _ in
                stage.proxy.cut(afterAtMost: 20_000)
            }, beforeTheEnd: { $0.proxy.cut(afterAtMost: nil) })
        #expect(verdict.violations == [])
        #expect(stage.proxy.cutCount > 20)
        for tally in verdict.tallies { #expect(tally.gapCount == 0, "\(tally)") }
        // Nothing is left of those that were cut: the readers are gone, and the server can end.
        try await offPool {
            try blockUntil("all readers are gone") { try !stage.process.get("/channels").text.contains(#/"readers":[1-9]/#) }
            #expect(try stage.process.openDescriptors < descriptorCount + 8)
            #expect(try stage.process.terminate(SIGTERM, within: .seconds(5)) == .code(0))
        }
    }

    @Test("with the listener's backend terminated once a second: each loss is one gap")
    func listenerKilled() async throws {
        let killCount = Locked(0)
        let verdict = try await rehearse(
            try await own(), for: .seconds(5),
            faults: { stage, isOver in
                var next = MonotonicInstant.now
                while !isOver() {
                    try stage.cluster.terminateBackend(applicationName: "trunkline listener")
                    killCount.withLock { $0 += 1 }
                    next = next + .seconds(1)
                    try blockUntil("a second has passed", within: .seconds(20)) { MonotonicInstant.now >= next || isOver() }
                }
            })
        #expect(verdict.violations == [])
        let count = killCount.withLock { $0 }
        #expect(count >= 2)
        for tally in verdict.tallies {
            // A kill that meets a session which has not listened yet loses nothing.
            #expect((1...count).contains(tally.gapCounts["reconnected"] ?? 0), "\(count) kills; \(tally)")
            #expect(tally.gapCounts.keys.allSatisfy { $0 == "reconnected" }, "\(tally)")
        }
    }

    @Test("with the server killed and started again: a restart is a gap, and everything after it is seen")
    func serverKilled() async throws {
        let verdict = try await rehearse(
            try await shared(), for: .seconds(4),
            faults: { stage, _ in try stage.restartServer(SIGKILL) })
        #expect(verdict.violations == [])
        for tally in verdict.tallies where tally.reader != "library" {
            #expect(tally.gapCounts == ["restarted": 1], "\(tally)")
        }
    }

    @Test("with the server stopped and started again: every 200 is true, and a restart is a gap")
    func serverStopped() async throws {
        let verdict = try await rehearse(
            try await shared(), for: .seconds(4),
            faults: { stage, _ in try stage.restartServer(SIGTERM) })
        #expect(verdict.violations == [])
        for tally in verdict.tallies where tally.reader != "library" {
            #expect(tally.gapCounts == ["restarted": 1], "\(tally)")
        }
    }

    @Test(
        "with PostgreSQL restarted: readers are held, and told of one gap",
        arguments: [PostgresCluster.StopMode.fast, .immediate])
    func postgresRestarted(_ mode: PostgresCluster.StopMode) async throws {
        let verdict = try await rehearse(
            try await own(), for: .seconds(4),
            faults: { stage, _ in try stage.cluster.restart(mode) })
        #expect(verdict.violations == [])
        for tally in verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
    }

    @Test(
        "with hardly any history: what is not kept is told",
        arguments: [["--history-count", "5"], ["--history-bytes", "2048"], ["--history-count", "0"]])
    func tinyHistory(_ flags: [String]) async throws {
        let stage = try await shared(flags)
        let verdict = try await rehearse(
            stage, for: .seconds(2), faults: { stage, _ in stage.proxy.cut(afterAtMost: 20_000) },
            beforeTheEnd: { $0.proxy.cut(afterAtMost: nil) })
        #expect(verdict.violations == [])
        let reasons = Set(verdict.tallies.filter { $0.reader != "library" }.flatMap(\.gapCounts.keys))
        #expect(reasons.isSubset(of: ["expired", "overflow"]))
        #expect(!reasons.isEmpty)
    }
}
