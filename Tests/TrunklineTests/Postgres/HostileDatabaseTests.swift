import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("What others do in the database and to the role", .timeLimit(.minutes(2 * Slowdown.factor)))
struct HostileDatabaseTests {
    /// Posts the same thing many times at once, so that transactions of many kinds are needed; each must come.
    private func expectPosting(_ stand: HubStand, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let reader = try RecordingReader(stand.hub, "foo")
        try await eventually("armed") { reader.isArmed }
        let recorder = PostRecorder()
        let count = 90
        for number in 0..<count {
            let isSeries = number >= 60
            let items: [(ChannelName, Payload)] =
                number.isMultiple(of: 3) && !isSeries ? [("foo", "same"), ("bar", "same")] : [("foo", "same")]
            if number == 60 {
                try await eventually("the first are answered", within: .seconds(20)) { recorder.answeredCount == number }
            }
            let post = recorder.post(number, items)
            stand.hub.post(post.items, completion: post.answer)
        }
        try await eventually("all are answered", within: .seconds(20)) { recorder.answeredCount == count }
        for number in 0..<count {
            #expect(recorder.codes(number) == [nil], "\(recorder.message(number) ?? "")", sourceLocation: sourceLocation)
        }
        try await eventually("all have come") { reader.payloads.count == count }
        reader.leave()
    }

    @Test("functions and operators of strangers, first in the role's search path, are never called")
    func searchPath() async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql(
                """
                CREATE SCHEMA evil; CREATE TABLE evil.calls (what text);
                CREATE FUNCTION evil.pg_notify(text, text) RETURNS void LANGUAGE sql AS
                    $$ INSERT INTO evil.calls VALUES ('pg_notify') $$;
                CREATE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE sql AS
                    $$ INSERT INTO evil.calls VALUES ('pg_backend_pid') RETURNING 1 $$;
                CREATE FUNCTION evil.minus(bigint, bigint) RETURNS bigint LANGUAGE sql AS
                    $$ INSERT INTO evil.calls VALUES ('-') RETURNING 1000::bigint $$;
                CREATE OPERATOR evil.- (leftarg = bigint, rightarg = bigint, function = evil.minus);
                CREATE FUNCTION evil.differ(text, text) RETURNS boolean LANGUAGE sql AS
                    $$ INSERT INTO evil.calls VALUES ('<>') RETURNING true $$;
                CREATE OPERATOR evil.<> (leftarg = text, rightarg = text, function = evil.differ);
                ALTER ROLE postgres SET search_path = evil, pg_catalog;
                """)
            return cluster
        }
        try await HubStand.on(cluster) { try await expectPosting($0) }
        #expect(try await offPool { try cluster.psql("SELECT count(*) FROM evil.calls") } == "0")
    }

    @Test(
        "settings of the role that change what numbers look like, or forbid writing, change nothing",
        arguments: [
            "extra_float_digits = -15", "default_transaction_read_only = on", "lock_timeout = 1", "\"DateStyle\" = 'German'",
            "standard_conforming_strings = off", "default_transaction_isolation = 'serializable'", "bytea_output = 'escape'",
        ])
    func roleSettings(_ setting: String) async throws {
        let cluster = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.psql("ALTER ROLE postgres SET \(setting)")
            return cluster
        }
        try await HubStand.on(cluster) { try await expectPosting($0) }
    }

    @Test("who asks for the holder of the notification lock, and finds a catalogue locked, keeps the session")
    func lockedCatalogue() async throws {
        let cluster = try await offPool { try PostgresCluster() }
        var configuration = HubConfiguration()
        configuration.postTimeout = .seconds(1)
        try await HubStand.on(cluster, configuration) { stand in
            let poster = try await offPool { try cluster.activity().filter { $0.applicationName == "trunkline poster" } }
            let (stranger, other) = try await offPool {
                let other = try PsqlSession(cluster)
                let stranger = try cluster.holdNotificationLock()
                try other.run("BEGIN; LOCK TABLE pg_authid IN ACCESS EXCLUSIVE MODE; SELECT 1;")
                return (stranger, other)
            }
            for _ in 1...3 {
                let error = await #expect(throws: TrunklineError.self) { try await stand.hub.post("bar", to: "foo") }
                #expect(error?.code == .notPosted)
            }
            try await offPool {
                try other.run("ROLLBACK;")
                try cluster.releaseNotificationLock()
                try stranger.finish()
            }
            try await stand.hub.post("bar", to: "foo")
            let after = try await offPool { try cluster.activity().filter { $0.applicationName == "trunkline poster" } }
            #expect(after.map(\.pid) == poster.map(\.pid))
        }
    }

    @Test("posts that may wait for long are tried again and again, and posted once, when the notification lock is free")
    func patient() async throws {
        let cluster = try await offPool { try PostgresCluster() }
        var configuration = HubConfiguration()
        configuration.postTimeout = .seconds(60)
        try await HubStand.on(cluster, configuration) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("armed") { reader.isArmed }
            let stranger = try await offPool { try cluster.holdNotificationLock() }
            let recorder = PostRecorder()
            for number in 0..<20 {
                let post = recorder.post(number, [("foo", Payload(stringLiteral: "\(number / 2)"))])
                stand.hub.post(post.items, completion: post.answer)
            }
            var starts: Set<String> = []
            try await eventually("they are tried a third time", within: .seconds(40)) {
                let start = try await offPool {
                    try cluster.psql(
                        """
                        SELECT xact_start FROM pg_stat_activity
                        WHERE application_name = 'trunkline poster' AND wait_event_type = 'Lock' AND query LIKE '%post_all%'
                        """)
                }
                if !start.isEmpty { starts.insert(start) }
                return starts.count > 2
            }
            #expect(recorder.answeredCount == 0)
            try await offPool {
                try cluster.releaseNotificationLock()
                try stranger.finish()
            }
            try await eventually("all are answered", within: .seconds(20)) { recorder.answeredCount == 20 }
            for number in 0..<20 { #expect(recorder.codes(number) == [nil]) }
            try await eventually("all have come") { reader.payloads.count == 20 }
            #expect(reader.payloads.sorted() == (0..<20).map { "\($0 / 2)" }.sorted())
            reader.leave()
        }
    }

    @Test("a poster that is ended while a post waits says whose doing it was")
    func terminated() async throws {
        let cluster = try await offPool { try PostgresCluster() }
        try await HubStand.on(cluster) { stand in
            let stranger = try await offPool { try cluster.holdNotificationLock() }
            let recorder = PostRecorder()
            let post = recorder.post(0, [("foo", "bar")])
            stand.hub.post(post.items, completion: post.answer)
            try await offPool {
                try blockUntil("it waits for the lock") {
                    try cluster.psql(
                        """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE application_name = 'trunkline poster' AND wait_event_type = 'Lock' AND query LIKE '%trunkline_post%'
                        """) == "1"
                }
                _ = try cluster.terminateBackend(applicationName: "trunkline poster")
            }
            try await eventually("it is answered") { recorder.answeredCount == 1 }
            #expect(recorder.codes(0) == [.outcomeUnknown])
            #expect(recorder.message(0)?.contains("57P01") == true, "\(recorder.message(0) ?? "")")
            try await offPool {
                try cluster.releaseNotificationLock()
                try stranger.finish()
            }
        }
    }
}
