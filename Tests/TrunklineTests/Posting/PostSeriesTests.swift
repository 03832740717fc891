import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("One notification, posted again and again", .timeLimit(.minutes(2 * Slowdown.factor)))
struct PostSeriesTests {
    private static let procedure = "SELECT count(*) FROM pg_proc WHERE proname = 'trunkline_repeat'"

    /// Posts the same `count` times at once, which makes long series, and waits for the answers.
    private func post(_ count: Int, _ stand: HubStand) async throws -> [TrunklineError.Code?] {
        let recorder = PostRecorder()
        for number in 0..<count {
            let post = recorder.post(number, [("foo", "same")])
            stand.hub.post(post.items, completion: post.answer)
        }
        try await eventually("all are answered", within: .seconds(30)) { recorder.answeredCount == count }
        return (0..<count).flatMap { recorder.codes($0) }
    }

    /// The payloads that have come when a last one has.
    private func heard(_ reader: RecordingReader, _ stand: HubStand) async throws -> [String] {
        try await stand.hub.post("last", to: "foo")
        try await eventually("the last has come", within: .seconds(30)) { reader.payloads.last == "last" }
        return reader.payloads.dropLast()
    }

    @Test("each is committed by itself, in one statement of a temporary procedure")
    func committed() async throws {
        let cluster = try await offPool { try PostgresCluster() }
        try await HubStand.on(cluster) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("armed") { reader.isArmed }
            #expect(try await offPool { try cluster.psql(Self.procedure) } == "0", "before it is needed")
            for count in [1_000, 100, PostSeries.countMin] {
                #expect(try await post(count, stand).allSatisfy { $0 == nil })
            }
            #expect(try await offPool { try cluster.psql(Self.procedure) } == "1")
            #expect(try await heard(reader, stand) == Array(repeating: "same", count: 1_100 + PostSeries.countMin))
            reader.leave()
        }
        try await offPool {
            try blockUntil("it is gone with the session") { try cluster.psql(Self.procedure) == "0" }
        }
    }

    @Test(
        "where no procedure can be made, they are posted one by one",
        arguments: [
            "DROP EXTENSION plpgsql", "ALTER ROLE postgres SET default_transaction_read_only = on",
            """
            CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(5); END $$;
            CREATE EVENT TRIGGER slow ON ddl_command_start EXECUTE FUNCTION slow();
            """,
        ])
    func withoutProcedure(_ obstacle: String) async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql(obstacle)
            return cluster
        }
        try await HubStand.on(cluster) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("armed") { reader.isArmed }
            for _ in 1...2 { #expect(try await post(100, stand).allSatisfy { $0 == nil }) }
            #expect(try await offPool { try cluster.psql(Self.procedure) } == "0")
            #expect(try await heard(reader, stand) == Array(repeating: "same", count: 200))
            reader.leave()
        }
    }

    @Test("a session that has made the procedure does not wait for a standby at its end")
    func withoutStandby() async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.configure("synchronous_standby_names", "nosuch")
            return cluster
        }
        try await HubStand.on(cluster) { stand in
            let codes = try await post(100, stand)
            let count = try await offPool { try cluster.psql(Self.procedure) }
            #expect(codes.allSatisfy { $0 == nil })
            #expect(count == "1")
        }
        try await offPool {
            try blockUntil("the session has ended") {
                try cluster.activity().allSatisfy { $0.applicationName != "trunkline poster" }
            }
        }
    }

    @Test("where a session's first series does not begin, none is taken for committed, whatever a setting of the role says")
    func presetCount() async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql("ALTER ROLE postgres SET trunkline.committed = '2'")
            return cluster
        }
        var configuration = HubConfiguration()
        configuration.postTimeout = .seconds(6)
        try await HubStand.on(cluster, configuration) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("armed") { reader.isArmed }
            let stranger = try await offPool { try cluster.holdNotificationLock() }
            let codes = try await post(10, stand)
            #expect(codes == Array(repeating: .notPosted, count: 10))
            #expect(try await offPool { try cluster.psql(Self.procedure) } == "1", "a series was tried")
            try await offPool {
                try cluster.releaseNotificationLock()
                try stranger.finish()
            }
            #expect(try await heard(reader, stand).isEmpty)
            reader.leave()
        }
    }

    @Test(
        "where a series is cut off, those that were committed are answered so, and no other is",
        arguments: ["pg_cancel_backend(pid)", "pg_terminate_backend(pid)"])
    func cutOff(_ cut: String) async throws {
        let cluster = try await offPool { try PostgresCluster() }
        try await HubStand.on(cluster) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("armed") { reader.isArmed }
            let cutter = Task {
                try await offPool {
                    let session = try PsqlSession(cluster)
                    var cutCount = 0
                    while !Task.isCancelled {
                        let rows = try session.run(
                            """
                            SELECT count(*) FROM (SELECT \(cut), pg_sleep(0.02) FROM pg_stat_activity
                                WHERE application_name = 'trunkline poster' AND state = 'active'
                                    AND query LIKE 'CALL%') AS cut;
                            """)
                        cutCount += rows == "0" ? 0 : 1
                    }
                    return cutCount
                }
            }
            var codes: [TrunklineError.Code?] = []
            for _ in 1...20 { codes += try await post(1_000, stand) }
            cutter.cancel()
            let cutCount = try await cutter.value
            let heardCount = try await heard(reader, stand).count
            let committedCount = codes.count { $0 == nil }
            let unknownCount = codes.count { $0 == .outcomeUnknown }
            print("\(cut): \(cutCount) cut off, \(committedCount) committed, \(unknownCount) unknown, \(heardCount) heard")
            #expect(cutCount > 0)
            #expect((committedCount...committedCount + unknownCount).contains(heardCount))
            #expect(codes.count == 20_000)
            #expect(codes.allSatisfy { $0 == nil || $0 == .notPosted || $0 == .outcomeUnknown })
            reader.leave()
        }
    }
}
