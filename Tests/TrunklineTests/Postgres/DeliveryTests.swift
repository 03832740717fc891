import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("Delivery by PostgreSQL", .timeLimit(.minutes(2 * Slowdown.factor)))
struct DeliveryTests {
    /// A hub in a new database of the shared cluster.
    private func stand<Value: Sendable>(
        _ encoding: DatabaseEncoding = .utf8, setUp: String? = nil,
        _ body: (HubStand, PostgresCluster, _ database: String) async throws -> Value
    ) async throws -> Value {
        let (cluster, database) = try await offPool {
            let cluster = try PostgresCluster.shared
            let database = try cluster.createDatabase(encoding: encoding)
            if let setUp { try cluster.psql(setUp, database: database) }
            return (cluster, database)
        }
        return try await HubStand.on(cluster, database: database) { try await body($0, cluster, database) }
    }

    private func reader(_ stand: HubStand, _ names: ChannelName...) async throws -> [RecordingReader] {
        let readers = try names.map { try RecordingReader(stand.hub, $0) }
        try await eventually("all are armed", within: .seconds(30)) { readers.allSatisfy(\.isArmed) }
        return readers
    }

    @Test("a NOTIFY of psql reaches a waiter, whatever is in it")
    func psql() async throws {
        try await stand { stand, cluster, database in
            async let waiting = stand.hub.wait(on: "foo")
            try await stand.untilArmed("foo")
            _ = try await offPool { try cluster.psql("NOTIFY foo, 'it''s; \u{20AC} \\ '", database: database) }
            #expect(try await waiting?.payload == "it's; \u{20AC} \\ ")
        }
    }

    @Test("a trigger inside a transaction is heard after COMMIT and not before, and after ROLLBACK never")
    func trigger() async throws {
        let setUp = """
            CREATE TABLE orders (number int);
            CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_notify('orders', NEW.number::text); RETURN NEW; END $$;
            CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tell();
            """
        try await stand(setUp: setUp) { stand, cluster, database in
            let reader = try await reader(stand, "orders")[0]
            let session = try await offPool { try PsqlSession(cluster, database: database) }
            _ = try await offPool { try session.run("BEGIN; INSERT INTO orders VALUES (1)") }
            // What is posted later comes first, because it commits first.
            try await stand.hub.post("before the commit", to: "orders")
            _ = try await offPool { try session.run("COMMIT; BEGIN; INSERT INTO orders VALUES (2); ROLLBACK") }
            try await stand.hub.post("after the rollback", to: "orders")
            try await eventually("the last has come") { reader.payloads.last == "after the rollback" }
            #expect(reader.payloads == ["before the commit", "1", "after the rollback"])
            reader.leave()
        }
    }

    @Test("a post reaches a stranger's LISTEN")
    func stranger() async throws {
        try await stand { stand, cluster, database in
            let session = try await offPool {
                let session = try PsqlSession(cluster, database: database)
                try session.run(#"LISTEN "Foo bar""#)
                return session
            }
            try await stand.hub.post("from the hub", to: "Foo bar")
            let heard = try await offPool { try session.run("SELECT 1") }
            #expect(heard.contains(#"notification "Foo bar" with payload "from the hub""#))
        }
    }

    @Test("1,000 identical posts arrive exactly 1,000 times, mixed with different ones, in the order in which they were made")
    func identicalPosts() async throws {
        try await stand { stand, _, _ in
            let reader = try await reader(stand, "foo")[0]
            let failures = Locked<[TrunklineError]>([])
            let answered = Locked(0)
            var payloads: [String] = []
            for number in 0..<1_000 {
                payloads.append("same")
                if number % 3 == 0 { payloads.append("other \(number)") }
            }
            for payload in payloads {
                stand.hub.post([.init(channel: "foo", payload: Payload(stringLiteral: payload))]) { answer in
                    if case .failure(let error) = answer { failures.withLock { $0.append(error) } }
                    answered.withLock { $0 += 1 }
                }
            }
            try await eventually("all are answered", within: .seconds(30)) { answered.withLock { $0 } == payloads.count }
            #expect(failures.withLock { $0 } == [])
            try await stand.hub.post("the end", to: "foo")
            try await eventually("all have come", within: .seconds(30)) { reader.payloads.last == "the end" }
            #expect(reader.payloads == payloads + ["the end"])
            reader.leave()
        }
    }

    @Test("a post that only PostgreSQL can refuse harms no other of its batch")
    func refusedByPostgres() async throws {
        // A function takes the place of PostgreSQL's own, and refuses one payload with a data exception.
        let setUp = """
            ALTER FUNCTION pg_catalog.pg_notify(text, text) RENAME TO pg_notify_itself;
            CREATE FUNCTION pg_catalog.pg_notify(channel text, payload text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                IF payload = 'poison' THEN RAISE EXCEPTION 'I do not like it' USING ERRCODE = '22023'; END IF;
                PERFORM pg_catalog.pg_notify_itself(channel, payload);
            END $$;
            """
        try await stand(setUp: setUp) { stand, _, _ in
            let reader = try await reader(stand, "foo")[0]
            let recorder = PostRecorder()
            for number in 0..<500 {
                let text = number % 100 == 50 ? "poison" : "\(number)"
                let post = recorder.post(number, [("foo", Payload(stringLiteral: text))])
                stand.hub.post(post.items, completion: post.answer)
            }
            try await eventually("all are answered", within: .seconds(30)) { recorder.answeredCount == 500 }
            for number in 0..<500 {
                #expect(recorder.codes(number) == (number % 100 == 50 ? [.notRepresentable] : [nil]))
            }
            #expect(recorder.message(50)?.contains("I do not like it") == true)
            try await stand.hub.post("the end", to: "foo")
            try await eventually("all have come", within: .seconds(30)) { reader.payloads.last == "the end" }
            #expect(reader.payloads.count == 496)
            #expect(Set(reader.payloads).count == 496)
            reader.leave()
        }
    }

    @Test("a post of several notifications is delivered whole and in its order, or refused whole")
    func severalItems() async throws {
        try await stand { stand, _, _ in
            let reader = try RecordingReader(stand.hub, "a", "b")
            try await eventually("armed") { reader.isArmed }
            let recorder = PostRecorder()
            let good = recorder.post(1, [("a", "1"), ("b", "2"), ("a", "3")])
            let long = try Payload(String(repeating: "x", count: 8_000))
            let bad = recorder.post(2, [("a", "4"), ("b", long)])
            for post in [good, bad] { stand.hub.post(post.items, completion: post.answer) }
            try await eventually("both are answered") { recorder.answeredCount == 2 }
            #expect(recorder.codes(1) == [nil])
            #expect(recorder.codes(2) == [.payloadTooLarge])
            try await stand.hub.post("5", to: "a")
            try await eventually("all have come") { reader.payloads.count >= 4 }
            #expect(reader.payloads == ["1", "2", "3", "5"])
            reader.leave()
        }
    }

    @Test("nothing in a name or a payload is taken for a statement, and each name is a channel of its own")
    func oddNames() async throws {
        try await stand { stand, _, _ in
            let texts = [
                #"a"b"#, "a'b", "a;b", #"a\b"#, "a\rb", "a\nb", "a\r\nb", "a\tb", #"a"; SELECT pg_sleep(60); --"#, "$1", "%s",
                "\u{1F600}", " ", "a b ", "SELECT", String(repeating: "é", count: 31) + "n", String(repeating: "n", count: 63),
                String(repeating: "n", count: 62),
            ]
            var readers: [RecordingReader] = []
            for text in texts { readers.append(try RecordingReader(stand.hub, ChannelName(text))) }
            try await eventually("all are armed", within: .seconds(30)) { readers.allSatisfy(\.isArmed) }
            for text in texts { try await stand.hub.post(Payload("to: " + text), to: ChannelName(text)) }
            try await eventually("all have come") { readers.allSatisfy { !$0.payloads.isEmpty } }
            for (text, reader) in zip(texts, readers) {
                #expect(reader.payloads == ["to: " + text])
                reader.leave()
            }
        }
    }

    @Test("a name of 64 bytes is refused and reaches no neighbour, also where it is cut inside a character")
    func longNames() async throws {
        try await stand { stand, _, _ in
            for text in [String(repeating: "n", count: 64), String(repeating: "n", count: 62) + "é"] {
                let name = try ChannelName(text)
                let wait = await #expect(throws: TrunklineError.self) { try await stand.hub.wait(on: name) }
                #expect(wait?.code == .channelInvalid)
                let post = await #expect(throws: TrunklineError.self) { try await stand.hub.post("x", to: name) }
                #expect(post?.code == .channelInvalid)
            }
            #expect(stand.hub.core.table.withLock { $0.indexes.isEmpty })
        }
    }

    @Test("7,999 bytes arrive whole, 8,000 are refused")
    func longPayloads() async throws {
        try await stand { stand, _, _ in
            async let waiting = stand.hub.wait(on: "foo")
            try await stand.untilArmed("foo")
            let text = String(repeating: "é", count: 3_999) + "x"
            let error = await #expect(throws: TrunklineError.self) { try await stand.hub.post(Payload(text + "x"), to: "foo") }
            #expect(error?.code == .payloadTooLarge)
            try await stand.hub.post(Payload(text), to: "foo")
            #expect(try await waiting?.payload.description == text)
        }
    }

    @Test("in a LATIN1 database, text is converted both ways, and a name that it lacks hurts none of 100 other channels")
    func latin1() async throws {
        try await stand(.latin1) { stand, cluster, database in
            let name = try ChannelName(String(repeating: "é", count: 63))
            let readers = try (0..<100).map { try RecordingReader(stand.hub, ChannelName(stringLiteral: "other \($0)")) }
            let long = try RecordingReader(stand.hub, name)
            let refused = await #expect(throws: TrunklineError.self) { try await stand.hub.wait(on: "\u{20AC}") }
            #expect(refused?.code == .notRepresentable)
            try await eventually("all are armed") { readers.allSatisfy(\.isArmed) && long.isArmed }
            try await stand.hub.post("grün", to: name)
            try await eventually("it has come back") { long.payloads == ["grün"] }
            _ = try await offPool {
                try cluster.psql("SET client_encoding = 'UTF8'; NOTIFY \"other 7\", 'da\u{DF}'", database: database)
            }
            try await eventually("psql's has come") { readers[7].payloads == ["da\u{DF}"] }
            let post = await #expect(throws: TrunklineError.self) { try await stand.hub.post("\u{20AC}", to: name) }
            #expect(post?.code == .notRepresentable)
            #expect((readers + [long]).flatMap(\.gaps) == [])
            (readers + [long]).forEach { $0.leave() }
        }
    }

    @Test("a name that the encoding lacks, asked for before the encoding is known, hurts only its own waiters")
    func lackingBeforeConnect() async throws {
        let (cluster, database) = try await offPool {
            (try PostgresCluster.shared, try PostgresCluster.shared.createDatabase(encoding: .latin1))
        }
        let hub = try Hub(database: cluster.conninfo(database: database), logger: .silent)
        let bad = try RecordingReader(hub, "\u{20AC}", "\u{4E2D}", "fine")
        let readers = try (0..<100).map { try RecordingReader(hub, ChannelName(stringLiteral: "other \($0)")) }
        let running = Task { try await hub.run() }
        try await eventually("all are armed", within: .seconds(30)) { readers.allSatisfy(\.isArmed) }
        try await eventually("one has failed") { bad.sights == [.failed(.notRepresentable)] }
        running.cancel()
        try await running.value
    }

    @Test("in a SQL_ASCII database any bytes are a name and a payload, also a stranger's")
    func sqlASCII() async throws {
        try await stand(.sqlASCII) { stand, cluster, database in
            let name = try ChannelName(bytes: [0xFF, 0x22, 0x80])
            let readers = try await reader(stand, name, "fine")
            try await stand.hub.post(Payload(bytes: [0xFE, 0x0A, 0xC3]), to: name)
            try await eventually("it has come") { readers[0].notifications.count == 1 }
            #expect(readers[0].notifications[0].payload.bytes == [0xFE, 0x0A, 0xC3])
            _ = try await offPool { try cluster.psql(#"SELECT pg_notify('fine', E'\xff')"#, database: database) }
            try await eventually("the stranger's has come") { readers[1].notifications.count == 1 }
            #expect(readers[1].notifications[0].payload.bytes == [0xFF])
            #expect(readers.flatMap(\.gaps) == [])
            readers.forEach { $0.leave() }
        }
    }
}
