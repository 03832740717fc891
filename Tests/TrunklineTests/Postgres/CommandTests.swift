import TestSupport
import Testing

@testable import Trunkline

@Suite("What PostgreSQL is told, by its own log", .timeLimit(.minutes(2 * Slowdown.factor)))
struct CommandTests {
    /// The statements of the log that begin with this word, in order; a message of many counts once, the heartbeat's own does
    /// not.
    private func messages(_ word: String, _ cluster: PostgresCluster) async throws -> [String] {
        try await offPool { try cluster.log }.split(separator: "\n").compactMap { line in
            line.firstRange(of: "statement: \(word) ").map { String(line[$0.upperBound...]) }
        }.filter { !$0.hasPrefix("\"trunkline.") }
    }

    private func names(_ messages: [String]) -> Int {
        messages.reduce(0) { $0 + $1.split(separator: ";").count }
    }

    @Test("LISTEN goes in messages of at most 500, UNLISTEN after the linger, and only what is wanted is listened to again")
    func commands() async throws {
        let cluster = try await offPool { try PostgresCluster(settings: ["log_statement": "all"]) }
        var configuration = HubConfiguration()
        configuration.linger = .milliseconds(200)
        try await HubStand.on(cluster, configuration) { stand in
            let readers = try (0..<1_200).map { try RecordingReader(stand.hub, ChannelName(stringLiteral: "c\($0)")) }
            try await eventually("all are armed", within: .seconds(60)) { readers.allSatisfy(\.isArmed) }
            // Twice on one channel is no second LISTEN.
            let again = try RecordingReader(stand.hub, "c0")
            try await eventually("armed") { again.isArmed }
            var listens = try await messages("LISTEN", cluster)
            #expect(names(listens) == 1_200)
            #expect(listens.allSatisfy { $0.split(separator: ";").count <= 500 })
            #expect(try await messages("UNLISTEN", cluster) == [])

            for reader in readers.dropFirst(20) { reader.leave() }
            try await eventually("what nobody reads is unlistened", within: .seconds(30)) {
                stand.hub.core.table.withLock { $0.indexes.count } == 20
            }
            let unlistens = try await messages("UNLISTEN", cluster)
            #expect(names(unlistens) == 1_180)
            #expect(unlistens.allSatisfy { $0.split(separator: ";").count <= 500 })

            try await stand.loseConnection()
            try await eventually("the loss is told", within: .seconds(30)) {
                readers.prefix(20).allSatisfy { $0.gaps == [.reconnected] }
            }
            listens = try await messages("LISTEN", cluster)
            #expect(names(listens) == 1_220)
            #expect(
                Set(try await offPool { try cluster.activity() }.map(\.applicationName)) == [
                    "trunkline listener", "trunkline poster",
                ])
            #expect(try await offPool { try cluster.activity() }.count == 2)
        }
    }
}
