import Foundation
import TestSupport
import Testing

@testable import Trunkline

@Suite(
    "A database that cannot be used is complained of in words, without a password",
    .timeLimit(.minutes(2 * Slowdown.factor)))
struct RefusedConnectionTests {
    /// Runs a hub on `database` until it complains in these words.
    private func complaint(of database: String, containing words: String) async throws -> String {
        let hub = try Hub(database: database, logger: .silent)
        let running = Task { try await hub.run() }
        try await eventually("the hub complains", within: .seconds(30)) { hub.core.complaint?.contains(words) == true }
        let complaint = hub.core.complaint ?? ""
        running.cancel()
        try await running.value
        return complaint
    }

    @Test("a wrong password")
    func password() async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql("CREATE ROLE guest LOGIN PASSWORD 'sesame'")
            try cluster.setAuthentication(["local all guest scram-sha-256", "local all all trust"])
            return cluster
        }
        let database = cluster.conninfo().replacing("user=postgres", with: "user=guest password=opensesame")
        let complaint = try await complaint(of: database, containing: "password authentication failed")
        #expect(complaint.contains("guest"))
        #expect(!complaint.contains("sesame"))
        // With the right one, all is well.
        let hub = try Hub(database: database.replacing("opensesame", with: "sesame"), logger: .silent)
        let running = Task { try await hub.run() }
        try await eventually("the hub is ready", within: .seconds(30)) { hub.core.complaint == nil }
        running.cancel()
        try await running.value
    }

    @Test("no such database")
    func noDatabase() async throws {
        let cluster = try await offPool { try PostgresCluster.shared }
        let complaint = try await complaint(of: cluster.conninfo(database: "nowhere"), containing: "does not exist")
        #expect(complaint.contains(#""nowhere""#))
    }

    @Test("a standby, where nobody can listen")
    func standby() async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.stop()
            try Data().write(to: URL(filePath: "\(cluster.directory)/data/standby.signal"))
            try cluster.start()
            return cluster
        }
        let complaint = try await complaint(of: cluster.conninfo(), containing: "standby")
        #expect(complaint.contains("primary"))
    }

    @Test("nobody there")
    func nobody() async throws {
        let complaint = try await complaint(
            of: "host=127.0.0.1 port=1 user=guest password=sesame dbname=postgres connect_timeout=1", containing: "refused")
        #expect(!complaint.contains("sesame"))
    }

    @Test(
        "a connection string that cannot be read is an error at once",
        arguments: [
            "host=localhost password='sesame", "postgres://guest:sesame@[::1", "nonsense=sesame", "sesame",
            "postgres://guest:se@sesame@localhost/db", "postgres://localhost:sesame/x@127.0.0.1/db",
            "dbname=postgres://guest:sesame@localhost/db",
        ])
    func unreadable(database: String) {
        let error = #expect(throws: TrunklineError.self) { try Hub(database: database, logger: .silent) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("sesame") == false)
    }
}
