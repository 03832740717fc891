import LibPQ
import TestSupport
import Testing
import Threads

@Suite("The notification lock of a cluster")
struct NotificationLockTests {
    private static let batch = """
        SELECT set_config('lock_timeout', $3, true), count(pg_notify(c, p))
        FROM unnest($1::text[], $2::text[]) AS t(c, p)
        """

    @Test("a lock_timeout that is local to the statement bounds the wait in its commit, which then fails (P3)")
    func localTimeout() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let stranger = try cluster.holdNotificationLock()
            let session = try BlockingConnection(cluster.conninfo())
            try session.value("LISTEN foo")
            let begin = MonotonicInstant.now
            try session.connection.enterPipeline()
            try session.connection.send(Self.batch, [.textArray([[0x66]]), .textArray([[0x31]]), .text("300")])
            try session.connection.sync()
            let answers = try session.answers(untilSync: 1)
            let waited = MonotonicInstant.now - begin
            // The statement itself had succeeded; the commit of its segment had not.
            #expect(answers.map(\.status) == [.tuplesOK, .failed, .pipelineSync])
            #expect(
                answers.compactMap(\.error).first
                    == PostgresError(message: "canceling statement due to lock timeout", sqlState: "55P03"))
            #expect(waited >= .milliseconds(300))
            #expect(waited < .seconds(2))
            try session.connection.exitPipeline()
            #expect(try session.value("SHOW lock_timeout") == "0")

            try cluster.releaseNotificationLock()
            try stranger.finish()
            try session.value("NOTIFY foo, 'after'")
            #expect(try session.notifications(1).map(\.payload) == [Array("after".utf8)])
        }
    }

    @Test("who waits for the lock and who holds it is found in pg_locks, from any database")
    func holder() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let database = try cluster.createDatabase()
            let stranger = try cluster.holdNotificationLock()
            let holders = try cluster.psql(
                """
                SELECT pid FROM pg_locks WHERE locktype = 'object' AND database = 0 AND granted
                    AND classid = 'pg_database'::regclass AND objid = 0 AND mode = 'AccessExclusiveLock'
                """, database: database)
            #expect(holders == (try cluster.psql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")))
            try cluster.releaseNotificationLock()
            try stranger.finish()
        }
    }

    @Test("a NOTIFY whose transaction is still open holds nothing up")
    func openTransaction() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let stranger = try PsqlSession(cluster)
            try stranger.run("BEGIN; NOTIFY foo, 'not yet'")
            try cluster.psql("SET lock_timeout = 1000; NOTIFY foo, 'at once'")
            try stranger.run("COMMIT")
        }
    }
}
