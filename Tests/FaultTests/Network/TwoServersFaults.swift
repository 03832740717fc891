import HistoryChecker
import TestSupport
import Testing
import Threads

/// Two servers stand behind one address, which sends each connection to one or the other.
@Suite("Two servers behind one address", .serialized)
struct TwoServersFaults {
    private static let channels = ["a", "b"]

    /// Two servers on one database.
    private struct Stage: Sendable {
        let cluster: PostgresCluster
        let database: String
        let servers: [ServerProcess]
        let address: Relay

        /// - Parameter seed: for the drawing of a server for each connection.
        init(seed: SplitMix64 = SplitMix64()) throws {
            cluster = try .shared
            database = try cluster.createDatabase()
            let flags = ["--database", cluster.conninfo(database: database), "--heartbeat", "1"]
            servers = try (0..<2).map { _ in try ServerProcess(flags) }
            for server in servers { try server.waitUntilReady() }
            address = try Relay(to: servers[0].port, servers[1].port, seed: seed)
        }
    }

    @Test("fault 55: a cursor of the other server is answered with a gap at once, never held")
    func fault55() async throws {
        try await offPool {
            let servers = try Stage().servers
            let cursor = try #require(try servers[0].request("HEAD", "/wait?channel=a")["Trunkline-Cursor"])
            try servers[0].post("between", to: "a")
            let began = MonotonicInstant.now
            let told = try servers[1].request("GET", "/wait?channel=a&since=\(cursor)")
            let took = MonotonicInstant.now - began
            #expect(told.status == 204)
            #expect(told["Trunkline-Gap"] == "restarted")
            let next = try #require(told["Trunkline-Cursor"])
            try servers[0].post("after the gap", to: "a")
            #expect(try servers[1].request("GET", "/wait?channel=a&since=\(next)").text == "after the gap\n")
            var report = FaultReport(55, "a cursor of another server")
            report.gapCount = 1
            report.recovery = took
            report.promise = .seconds(1)
            report.record()
            #expect(took <= .seconds(1) * FaultRun.leniency)
        }
    }

    @Test("fault 55: readers that are sent from one to the other miss nothing without a gap")
    func fault55WithoutStickiness() async throws {
        let generator = SplitMix64()
        let stage = try await offPool { try Stage(seed: generator) }
        let cuts = try await offPool { try CuttingProxy(upstream: stage.address.port, seed: generator) }
        let witness = try await offPool {
            try Witness(Self.channels, database: stage.cluster.conninfo(database: stage.database))
        }
        defer {
            witness.stop()
            cuts.stop()
        }
        let readers: [any RecordingReader] = [
            // curl comes by a new connection each time, without any cut.
            CurlLoopReader("a", port: stage.address.port, directory: "\(stage.cluster.directory)/curl-\(cuts.port)"),
            PollReader(["a"], .text, port: cuts.port), PollReader(Self.channels, .json, port: cuts.port),
            EventSourceReader(Self.channels, port: cuts.port), LineStreamReader(Self.channels, port: cuts.port),
        ]
        let port = stage.address.port
        let writers = (0..<2).map { PostWriter("p\($0)", Self.channels, pause: .milliseconds(10), port: { port }) }
        let rehearsal = Rehearsal(readers: readers, writers: writers, port: { port }) {
            (witness.witnessed, witness.isComplete)
        }
        let verdict = try await rehearsal.run(
            for: .seconds(5), faults: { _ in cuts.cut(afterAtMost: 20_000) }, beforeTheEnd: { cuts.cut(afterAtMost: nil) })
        print("fault 55, \(generator): \(verdict)")
        #expect(verdict.violations == [])
        for tally in verdict.tallies {
            #expect(tally.gapCounts["restarted", default: 0] > 0, "\(tally)")
            #expect(tally.gapCounts.keys.allSatisfy { $0 == "restarted" }, "\(tally)")
        }
        var report = FaultReport(55, "two servers behind one address")
        report.take(verdict)
        report.record()
    }
}
