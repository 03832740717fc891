import Glibc
import LibPQ
import TestSupport
import Testing

@Suite("Notices")
struct NoticeTests {
    @Test("a notice is kept once, with its severity, its words and its SQLSTATE")
    func kept() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            try session.value("DO $$ BEGIN RAISE WARNING 'careful' USING DETAIL = 'very'; END $$; DROP TABLE IF EXISTS none")
            #expect(
                session.connection.takeNotices() == [
                    "WARNING: careful (very) [SQLSTATE 01000]",
                    "NOTICE: table \"none\" does not exist, skipping [SQLSTATE 00000]",
                ])
            #expect(session.connection.takeNotices() == [])
        }
    }

    @Test("of a flood of notices the last 32 are kept")
    func bounded() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            try session.value("DO $$ BEGIN FOR i IN 1..100 LOOP RAISE NOTICE '%', i; END LOOP; END $$")
            #expect(session.connection.takeNotices() == (69...100).map { "NOTICE: \($0) [SQLSTATE 00000]" })
        }
    }
}
