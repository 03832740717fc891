import HistoryChecker
import TestSupport
import Testing
import Threads

/// The database is there no more, or does not let us in.
@Suite("Faults of the access to the database", .serialized)
struct AccessFaults {
    @Test("fault 16: a database that is dropped and made again is one gap, and a fresh post comes within 10 s")
    func fault16() async throws {
        let stage = try await offPool { try FaultStage() }
        let (_, course) = try await FaultRun(16, "DROP DATABASE … (FORCE), made again", recoversWithin: .seconds(10)).run(
            on: stage
        ) { stage in
            let name = stage.wire.database
            try stage.cluster.psql("DROP DATABASE \(name) WITH (FORCE)")
            try stage.awaitComplaint(["database \"\(name)\" does not exist"])
            stage.pass(.seconds(5))
            try stage.cluster.psql("CREATE DATABASE \(name)")
        }
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
    }

    /// How an administrator shuts us out, how one lets us in again, and what `/readyz` says between.
    enum Refusal: CaseIterable, CustomTestStringConvertible {
        case password, rule

        static let secret = "open-sesame"
        static let doors = ["local all postgres trust", "local all guest scram-sha-256"]

        var testDescription: String { self == .password ? "the password changed" : "pg_hba.conf rejects us" }
        var words: String { self == .password ? "password authentication failed for user \"guest\"" : "pg_hba.conf rejects" }

        func begin(_ cluster: PostgresCluster) throws {
            switch self {
            case .password: try cluster.psql("ALTER ROLE guest PASSWORD 'another'")
            case .rule: try cluster.setAuthentication([Self.doors[0], "local all guest reject"])
            }
        }

        func end(_ cluster: PostgresCluster) throws {
            switch self {
            case .password: try cluster.psql("ALTER ROLE guest PASSWORD '\(Self.secret)'")
            case .rule: try cluster.setAuthentication(Self.doors)
            }
        }
    }

    @Test(
        "fault 17: shut out by PostgreSQL, the server says so, asks rarely, holds its readers, and goes on by itself",
        arguments: Refusal.allCases)
    func fault17(_ refusal: Refusal) async throws {
        let stage = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql("CREATE ROLE guest LOGIN PASSWORD '\(Refusal.secret)'")
            try cluster.setAuthentication(Refusal.doors)
            return try FaultStage(cluster: cluster) { database in
                "host=\(cluster.directory) port=5432 dbname=\(database) user=guest password=\(Refusal.secret)"
            }
        }
        let attemptCount = Locked(0)
        let (_, course) = try await FaultRun(17, refusal.testDescription, recoversWithin: .seconds(10)).run(
            on: stage
        ) { stage in
            try refusal.begin(stage.cluster)
            for name in ["trunkline listener", "trunkline poster"] {
                try stage.cluster.terminateBackend(applicationName: name)
            }
            try stage.awaitComplaint([refusal.words])
            let before = try stage.refusalCount(refusal.words)
            stage.pass(.seconds(20))
            let count = try stage.refusalCount(refusal.words) - before
            attemptCount.withLock { $0 = count }
            try refusal.end(stage.cluster)
        }
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
        // Two sessions, and pauses that grow up to 10 s and are a half of that on the average.
        #expect(attemptCount.withLock { $0 } < 30)
        #expect(!stage.server.logLines.contains { $0.contains(Refusal.secret) })
    }

    @Test("fault 18: idle_session_timeout as the database's default ends none of our sessions, and nothing is missed")
    func fault18() async throws {
        let stage = try await offPool {
            let cluster = try PostgresCluster()
            return try FaultStage(cluster: cluster, posterCount: 0) { database in
                try cluster.psql("ALTER DATABASE \(database) SET idle_session_timeout = '1s'")
                return cluster.conninfo(database: database)
            }
        }
        let (_, course) = try await FaultRun(18, "idle_session_timeout = 1s", recoversWithin: .seconds(2)).run(on: stage) {
            stage in
            let before = try ["trunkline listener", "trunkline poster"].map(stage.backend)
            stage.pass(.seconds(20))
            #expect(try before == ["trunkline listener", "trunkline poster"].map(stage.backend))
            #expect(try !stage.cluster.log.contains("idle-session timeout"))
        }
        for tally in course.verdict.tallies { #expect(tally.gapCount == 0, "\(tally)") }
    }
}

extension FaultStage {
    /// How often PostgreSQL has written these words into its log.
    func refusalCount(_ words: String) throws -> Int {
        try cluster.log.ranges(of: words).count
    }
}
