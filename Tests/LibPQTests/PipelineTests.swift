import LibPQ
import TestSupport
import Testing

@Suite("Pipelines")
struct PipelineTests {
    @Test("a segment that fails is skipped to its end, and those around it commit")
    func failingSegment() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let session = try BlockingConnection(cluster.conninfo(database: cluster.createDatabase()))
            try session.value("LISTEN foo")
            try session.connection.enterPipeline()
            try session.connection.prepare("post", "SELECT pg_notify($1, $2)")
            for payloads in [["1"], ["2", String(repeating: "x", count: 8_000), "3"], ["4"]] {
                for payload in payloads {
                    try session.connection.sendPrepared("post", [.text("foo"), .text(payload)])
                }
                try session.connection.sync()
            }
            let answers = try session.answers(untilSync: 3)
            #expect(
                answers.map(\.status) == [
                    .commandOK, .tuplesOK, .pipelineSync,
                    .tuplesOK, .failed, .pipelineAborted, .pipelineSync,
                    .tuplesOK, .pipelineSync,
                ])
            #expect(answers.compactMap(\.error).map(\.sqlState) == ["22023"])
            try session.connection.exitPipeline()
            let payloads = try session.notifications(2).map { String(decoding: $0.payload, as: UTF8.self) }
            #expect(payloads == ["1", "4"])
            #expect(try session.value("SELECT 'plain again'") == "plain again")
        }
    }

    @Test("a pipeline with results to be taken cannot be left")
    func earlyExit() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            try session.connection.enterPipeline()
            try session.connection.send("SELECT 1", [])
            try session.connection.sync()
            #expect(throws: PostgresError.self) { try session.connection.exitPipeline() }
            #expect(try session.answers(untilSync: 1).map(\.status) == [.tuplesOK, .pipelineSync])
            try session.connection.exitPipeline()
        }
    }

    @Test("two posts that are the same are delivered twice if a synchronisation lies between, else once (P1)")
    func duplicates() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let session = try BlockingConnection(cluster.conninfo(database: cluster.createDatabase()))
            try session.value("LISTEN foo")
            try session.connection.enterPipeline()
            func post(_ payload: String) throws {
                try session.connection.send("SELECT pg_notify('foo', $1)", [.text(payload)])
            }
            try post("within")
            try post("within")
            try session.connection.sync()
            try post("across")
            try session.connection.sync()
            try post("across")
            try session.connection.sync()
            #expect(try session.answers(untilSync: 3).count { $0.status == .tuplesOK } == 4)
            let payloads = try session.notifications(3).map { String(decoding: $0.payload, as: UTF8.self) }
            #expect(payloads == ["within", "across", "across"])
        }
    }

    @Test("a batch as two arrays is delivered in the order of the arrays")
    func batch() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let session = try BlockingConnection(cluster.conninfo(database: cluster.createDatabase()))
            try session.value("LISTEN c0; LISTEN c1; LISTEN c2")
            var random = SplitMix64()
            let channels = (0..<1_000).map { _ in "c\(Int.random(in: 0...2, using: &random))" }
            let payloads = (0..<1_000).shuffled(using: &random).map { "\($0)" }
            let sql = """
                SELECT set_config('lock_timeout', $3, true), count(pg_notify(c, p))
                FROM unnest($1::text[], $2::text[]) AS t(c, p)
                """
            try session.connection.enterPipeline()
            try session.connection.send(
                sql, [.textArray(channels.map { Array($0.utf8) }), .textArray(payloads.map { Array($0.utf8) }), .text("2900")])
            try session.connection.sync()
            let answers = try session.answers(untilSync: 1)
            #expect(answers.first?.rows == [["2900ms", "1000"]])
            let delivered = try session.notifications(1_000)
            #expect(delivered.map { String(decoding: $0.channel, as: UTF8.self) } == channels, "\(random)")
            #expect(delivered.map { String(decoding: $0.payload, as: UTF8.self) } == payloads, "\(random)")
        }
    }

    @Test("a large pipeline against a flood of notifications does not deadlock, because flushing reads")
    func flood() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let session = try BlockingConnection(cluster.conninfo(database: cluster.createDatabase()))
            try session.value("LISTEN flood")
            try session.connection.enterPipeline()
            let payload = String(repeating: "x", count: 7_990)
            for number in 0..<2_000 {
                try session.connection.send("SELECT pg_notify('flood', $1)", [.text("\(number)\(payload)")])
                try session.connection.sync()
            }
            #expect(try session.answers(untilSync: 2_000).count { $0.status == .tuplesOK } == 2_000)
            #expect(try session.notifications(2_000).count == 2_000)
        }
    }
}
