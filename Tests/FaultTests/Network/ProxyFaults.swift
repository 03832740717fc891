import HistoryChecker
import TestSupport
import Testing

/// nginx with the configuration that is shipped, but with little patience for silence.
@Suite("A proxy that cuts what is silent", .serialized)
struct ProxyFaults {
    private static let channels = ["a", "b"]

    @Test("fault 56: heartbeats keep streams through nginx, and polls that end before its patience does are held")
    func fault56() async throws {
        let stage = try await offPool { try WireStage(PostgresCluster.shared, channels: Self.channels) }
        let nginx = try await offPool {
            // Heartbeats come each second, and polls last two.
            try Nginx(to: stage.process.port, changes: ["proxy_read_timeout 25h;": "proxy_read_timeout 4s;"])
        }
        let readers: [any RecordingReader] = [
            EventSourceReader(["a"], name: "sse one", port: nginx.port), EventSourceReader(Self.channels, port: nginx.port),
            LineStreamReader(Self.channels, port: nginx.port), PollReader(["a"], .text, port: nginx.port),
            PollReader(Self.channels, .json, port: nginx.port),
        ]
        // Nobody writes: there is nothing but heartbeats for several times what nginx would wait.
        let verdict = try await stage.rehearsal(readers: readers, writers: []).run(
            for: .seconds(15), faults: { try blockUntil("the silence is over", within: .seconds(60), $0) })
        print("fault 56: \(verdict)")
        #expect(verdict.violations == [])
        for tally in verdict.tallies {
            #expect(tally.cutCount == 0, "\(tally)")
            #expect(tally.gapCount == 0, "\(tally)")
            #expect(tally.longestSilence >= .seconds(14), "\(tally)")
        }
        var report = FaultReport(56, "nginx cuts what is silent for 4 s")
        report.take(verdict)
        report.record()
    }
}
