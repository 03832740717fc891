import TestSupport
import Testing
import Threads

/// pgbouncer stands between the server and PostgreSQL.
@Suite("A connection pooler", .serialized)
struct PoolerFaults {
    private static let words = ["pooler", "direct connection"]

    @Test("fault 19: by transactions it is refused: the log and /readyz say what it looks like and what to do, within 8 s")
    func fault19() async throws {
        let took = try await offPool {
            let (server, pooler) = try Self.server(behind: .transaction)
            let begin = MonotonicInstant.now
            // The name is listened to, and nothing comes of it.
            let reader = try server.wait("/wait?channel=a&timeout=60", patience: .seconds(70))
            try server.awaitNotReady(Self.words, within: FaultStage.findingPromise * FaultRun.leniency)
            let took = MonotonicInstant.now - begin
            try blockUntil("the log says so too") {
                server.logLines.contains { line in Self.words.allSatisfy(line.contains) }
            }
            // It stays so while sessions are made again and again.
            let end = MonotonicInstant.now + FaultStage.findingPromise
            try blockUntil("it has stayed so", within: .seconds(60)) {
                let status = try server.get("/readyz").status
                #expect(status == 503)
                return .now >= end
            }
            #expect(reader.isQuiet, "a reader is held")
            withExtendedLifetime(pooler) {}
            return took
        }
        Self.record("pgbouncer by transactions", took)
    }

    @Test("fault 19: by sessions it serves: posts come through it, and the loss of it is the loss of PostgreSQL")
    func fault19Sessions() async throws {
        let took = try await offPool {
            let (server, pooler) = try Self.server(behind: .session)
            try server.waitUntilReady()
            let reader = try server.hold(1, on: "a", query: "&limit=1")[0]
            try server.post("through the pooler", to: "a")
            #expect(try reader.readResponse().text == "through the pooler\n")
            let held = try server.hold(1, on: "a", patience: .seconds(60))[0]
            let begin = MonotonicInstant.now
            try pooler.restart()
            // The poster may be back before the listener: what is posted then lies in the gap, which ends no plain poll.
            try blockUntil("a post comes through the next one", within: .seconds(60)) {
                try server.postEventually("through the next one", to: "a")
                return !held.isQuiet
            }
            let answer = try held.readResponse()
            #expect(answer["Trunkline-Gap"] == "reconnected")
            #expect(answer.text == "through the next one\n")
            return .now - begin
        }
        Self.record("pgbouncer by sessions, restarted", took)
    }

    private static func server(behind mode: PgBouncer.Mode) throws -> (ServerProcess, PgBouncer) {
        let cluster = try PostgresCluster.shared
        let pooler = try PgBouncer(mode, to: cluster)
        return (try ServerProcess(["--database", pooler.conninfo(database: cluster.createDatabase())]), pooler)
    }

    private static func record(_ name: String, _ recovery: Duration) {
        var report = FaultReport(19, name)
        report.recovery = recovery
        report.promise = FaultStage.findingPromise
        report.record()
    }
}
