import Glibc
import TestSupport
import Testing

@Suite("Clusters for tests")
struct PostgresClusterTests {
    @Test("a database has the encoding that was asked for", arguments: DatabaseEncoding.allCases)
    func encodings(encoding: DatabaseEncoding) async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let database = try cluster.createDatabase(encoding: encoding)
            #expect(try cluster.psql("SHOW server_encoding", database: database) == encoding.rawValue)
            #expect(try cluster.psql("SHOW lc_ctype", database: database) == "C")
        }
    }

    @Test("a cluster stops, starts again, and listens on TCP if asked")
    func restart() async throws {
        try await offPool {
            let cluster = try PostgresCluster(syncsToDisk: true, listensOnTCP: true, settings: ["work_mem": "5MB"])
            #expect(try cluster.psql("SHOW work_mem; SHOW fsync") == "5MB\non")
            let session = try PsqlSession(cluster)
            try session.run("SELECT 1")
            try cluster.stop(.immediate)
            #expect(cluster.postmasterPID == nil)
            #expect(throws: TestSupportError.self) { try session.run("SELECT 1") }
            try cluster.start()
            #expect(try cluster.conninfoOverTCP().contains("host=127.0.0.1"))
            #expect(try cluster.log.contains("database system was not properly shut down"))
        }
    }

    @Test("a setting that is changed holds for new sessions when the call returns")
    func configure() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            try cluster.configure("idle_session_timeout", "12345")
            #expect(try cluster.psql("SHOW idle_session_timeout") == "12345ms")
            try cluster.configure("idle_session_timeout", nil)
            #expect(try cluster.psql("SHOW idle_session_timeout") == "0")
        }
    }

    @Test("a psql session keeps its transaction, says what failed, and goes on")
    func session() async throws {
        try await offPool {
            let session = try PsqlSession(PostgresCluster.shared)
            try session.run("BEGIN; SET LOCAL work_mem = '7MB'")
            #expect(try session.run("SHOW work_mem; SELECT 1, 'x'") == "7MB\n1|x")
            let error = try #require(throws: TestSupportError.self) { try session.run("SELECT nonsense") }
            #expect(error.description.contains("42703"))
            #expect(try session.run("ROLLBACK; SELECT 'still here'") == "still here")
        }
    }

    @Test("sessions are seen, stopped and ended by their names")
    func backends() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let session = try PsqlSession(cluster)
            try session.run("SET application_name = 'victim'")
            #expect(try cluster.activity().filter { $0.applicationName == "victim" }.map(\.state) == ["idle"])
            #expect(try cluster.signalBackend(applicationName: "victim", SIGSTOP) == 1)
            try session.send("SELECT 'after'")
            #expect(throws: TestSupportError.self) { try session.finish(within: .milliseconds(100)) }
            #expect(try cluster.signalBackend(applicationName: "victim", SIGCONT) == 1)
            #expect(try session.finish() == "after")
            #expect(try cluster.terminateBackend(applicationName: "victim") == 1)
            #expect(try cluster.activity().allSatisfy { $0.applicationName != "victim" })
        }
    }
}
