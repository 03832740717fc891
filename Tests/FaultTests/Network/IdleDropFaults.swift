import TestSupport
import Testing
import Threads

/// A router forgets connections that are silent for some seconds, and drops their packets from then on.
@Suite("Silent connections that are forgotten on the way", .serialized)
struct IdleDropFaults {
    private static let memory = 4
    /// Longer than that, and shorter than it takes until TCP's own keepalive gives up.
    private static let silence = Duration.seconds(8)

    @Test("fault 13: while somebody waits: the heartbeat keeps both, and a post after a long silence is seen, with no gap")
    func fault13() async throws {
        try await NetworkLab.use { lab in
            try await offPool {
                let (server, cluster, _) = try Self.stage(lab)
                let held = try server.hold(1, on: "quiet", patience: .seconds(60))
                try Self.pass(Self.silence * 2)
                let posted = MonotonicInstant.now
                try server.post("after the silence", to: "quiet")
                let answer = try held[0].readResponse()
                #expect(answer["Trunkline-Gap"] == nil)
                #expect(answer.text == "after the silence\n")
                #expect(!server.logLines.contains { $0.contains("is lost") }, "\(server.logLines)")
                Self.record("silent connections forgotten, a reader waits", .now - posted, gapCount: 0)
                withExtendedLifetime(cluster) {}
            }
        }
    }

    @Test(
        "fault 13: while nobody waits: whoever comes back with a cursor is told of the gap within 10 s, and then misses nothing"
    )
    func fault13Idle() async throws {
        try await NetworkLab.use { lab in
            try await offPool {
                let (server, cluster, database) = try Self.stage(lab)
                let head = try server.request("HEAD", "/wait?channel=quiet")
                let cursor = try #require(head["Trunkline-Cursor"])
                try Self.pass(Self.silence)
                // Past the server: it can only be lost.
                try cluster.psql("NOTIFY quiet, 'lost'", database: database)
                let begin = MonotonicInstant.now
                let told = try server.request("GET", "/wait?channel=quiet&since=\(cursor)", patience: .seconds(50))
                let took = MonotonicInstant.now - begin
                #expect(told["Trunkline-Gap"] == "reconnected", "\(told.text)")
                #expect(took <= .seconds(10) * FaultRun.leniency)
                let next = try #require(told["Trunkline-Cursor"])
                try server.postEventually("fresh", to: "quiet")
                #expect(try server.request("GET", "/wait?channel=quiet&since=\(next)").text == "fresh\n")
                Self.record("silent connections forgotten, nobody waits", took, gapCount: 1)
            }
        }
    }

    private static func stage(_ lab: NetworkLab) throws -> (ServerProcess, PostgresCluster, database: String) {
        let cluster = try lab.makeCluster()
        let database = try cluster.createDatabase()
        try lab.forgetConnections(silentFor: memory)
        let server = try ServerProcess(["--database", lab.conninfo(cluster, database: database)])
        try server.waitUntilReady()
        return (server, cluster, database)
    }

    /// The silence is the fault.
    private static func pass(_ duration: Duration) throws {
        let end = MonotonicInstant.now + duration
        try blockUntil("the silence is over", within: duration * 2) { .now >= end }
    }

    private static func record(_ name: String, _ recovery: Duration, gapCount: Int) {
        var report = FaultReport(13, name)
        report.gapCount = gapCount
        report.recovery = recovery
        report.promise = .seconds(10)
        report.record()
    }
}
