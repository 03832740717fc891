import LibPQ
import TestSupport
import Testing

@Suite("Connecting")
struct ConnectingTests {
    @Test("a session knows its server, its process and its settings")
    func session() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            #expect(session.connection.parameter("server_encoding") == "UTF8")
            #expect(session.connection.parameter("no_such_parameter") == nil)
            #expect(session.connection.serverVersion >= 130_000)
            #expect(try session.value("SELECT pg_backend_pid()") == "\(session.connection.processID)")
            #expect(session.connection.isBroken == false)
            #expect(session.connection.socket >= 0)
        }
    }

    @Test("the application name of the parameters is what the server shows")
    func applicationName() async throws {
        try await offPool {
            let parameters = try ConnectionParameters(dsn: PostgresCluster.shared.conninfo())
                .setting("application_name", to: "connecting-tests")
            let session = try BlockingConnection(parameters)
            let activity = try PostgresCluster.shared.activity().filter { $0.applicationName == "connecting-tests" }
            #expect(activity.map(\.pid) == [session.connection.processID])
        }
    }

    @Test("a session ends with its value")
    func end() async throws {
        try await offPool {
            let parameters = try ConnectionParameters(dsn: PostgresCluster.shared.conninfo())
                .setting("application_name", to: "short-lived")
            do {
                let session = try BlockingConnection(parameters)
                try session.value("SELECT 1")
            }
            try blockUntil("the session has gone") {
                try PostgresCluster.shared.activity().allSatisfy { $0.applicationName != "short-lived" }
            }
        }
    }

    @Test("a port where nobody listens fails with libpq's words and no SQLSTATE")
    func nobodyThere() async throws {
        try await offPool {
            let port = try RawConnection.unusedPort()
            let error = try #require(throws: PostgresError.self) {
                _ = try BlockingConnection("host=127.0.0.1 port=\(port) user=postgres dbname=postgres")
            }
            #expect(error.message.contains("port \(port) failed: Connection refused"))
            #expect(error.sqlState == nil)
        }
    }

    @Test("a socket directory without a server fails at once")
    func noSocket() async throws {
        try await offPool {
            let error = try #require(throws: PostgresError.self) {
                _ = try BlockingConnection("host=/nonexistent user=postgres dbname=postgres")
            }
            #expect(error.message.contains("No such file or directory"))
        }
    }

    @Test("a keyword that is none of libpq's is refused with its words")
    func unknownKeyword() async throws {
        try await offPool {
            let parameters = try ConnectionParameters(dsn: PostgresCluster.shared.conninfo()).setting("hots", to: "x")
            let error = try #require(throws: PostgresError.self) { _ = try Connection(parameters: parameters) }
            #expect(error.message == #"invalid connection option "hots""#)
        }
    }

    @Test("a database that does not exist is told by its SQLSTATE, and the words are free of libpq's verbosity")
    func noDatabase() async throws {
        try await offPool {
            let error = try #require(throws: PostgresError.self) {
                _ = try BlockingConnection(PostgresCluster.shared.conninfo(database: "nowhere"))
            }
            #expect(error.sqlState == "3D000")
            #expect(error.message.hasSuffix(#"FATAL:  database "nowhere" does not exist"#))
            #expect(!error.description.contains("LOCATION"))
        }
    }

    @Test("a wrong password is told by its SQLSTATE and never repeated")
    func wrongPassword() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql("CREATE ROLE careful LOGIN PASSWORD 'right'")
            try cluster.setAuthentication(["local all careful scram-sha-256", "local all postgres trust"])
            let parameters = try ConnectionParameters(dsn: cluster.conninfo()).setting("user", to: "careful")
            let error = try #require(throws: PostgresError.self) {
                _ = try BlockingConnection(parameters.setting("password", to: "Wr0ng-secret"))
            }
            #expect(error.sqlState == "28P01")
            #expect(error.message.hasSuffix(#"FATAL:  password authentication failed for user "careful""#))
            #expect(!error.description.contains("Wr0ng"))
            let session = try BlockingConnection(parameters.setting("password", to: "right"))
            #expect(try session.value("SELECT current_user") == "careful")
        }
    }

    @Test("a server that is going down tells so by its SQLSTATE (P15)")
    func shuttingDown() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let session = try BlockingConnection(cluster.conninfo())
            try session.value("SELECT 1")
            try cluster.stop(.fast)
            #expect(try session.run("SELECT 1").first?.error?.sqlState == "57P01")
            #expect(session.connection.isBroken == true)
        }
    }
}
