import LibPQ
import TestSupport
import Testing

@Suite("Notifications")
struct NotificationTests {
    @Test("a notification comes with its channel, its payload and the process that sent it")
    func delivery() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let database = try cluster.createDatabase()
            let listener = try BlockingConnection(cluster.conninfo(database: database))
            let poster = try BlockingConnection(cluster.conninfo(database: database))
            try listener.value("LISTEN foo")
            try poster.value("SELECT pg_notify('foo', E'grüße\\n\\t''\"'), pg_notify('bar', 'unheard'), pg_notify('foo', '')")
            let delivered = try listener.notifications(2)
            #expect(delivered.map { String(decoding: $0.channel, as: UTF8.self) } == ["foo", "foo"])
            #expect(delivered.map { String(decoding: $0.payload, as: UTF8.self) } == ["grüße\n\t'\"", ""])
            #expect(delivered.map(\.processID) == [poster.connection.processID, poster.connection.processID])
            #expect(listener.connection.nextNotification() == nil)
        }
    }

    @Test("bytes that are no text arrive as they are where the database has no encoding")
    func bytes() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let database = try cluster.createDatabase(encoding: .sqlASCII)
            let session = try BlockingConnection(cluster.conninfo(database: database))
            let channel: [UInt8] = [0xFF, 0x22, 0x80]
            try session.connection.send(Array("LISTEN ".utf8) + session.connection.quotedIdentifier(channel))
            _ = try session.answers()
            try session.value(#"SELECT pg_notify(E'\xff"\x80', E'\xfe\x01\xc3')"#)
            let delivered = try session.notifications(1)
            #expect(delivered.map(\.channel) == [channel])
            #expect(delivered.map(\.payload) == [[0xFE, 0x01, 0xC3]])
        }
    }

    @Test("a payload of 7,999 bytes arrives whole, one of 8,000 is refused")
    func longestPayload() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            try session.value("LISTEN longest; SELECT pg_notify('longest', repeat('x', 7999))")
            #expect(try session.notifications(1)[0].payload.count == 7_999)
            let error = try session.run("SELECT pg_notify('longest', repeat('x', 8000))").first?.error
            #expect(error == PostgresError(message: "payload string too long", sqlState: "22023"))
        }
    }

    @Test("LISTEN cuts a name of 64 bytes to another channel's, pg_notify refuses it (P7)")
    func longNames() async throws {
        try await offPool {
            let session = try BlockingConnection(PostgresCluster.shared.conninfo())
            let name = String(repeating: "n", count: 63)
            try session.value("LISTEN \(name)x")
            #expect(try session.value("SELECT pg_listening_channels()") == name)
            try session.value("SELECT pg_notify('\(name)', 'a neighbour')")
            #expect(try session.notifications(1)[0].channel == Array(name.utf8))
            let error = try session.run("SELECT pg_notify('\(name)x', '')").first?.error
            #expect(error == PostgresError(message: "channel name too long", sqlState: "22023"))
        }
    }

    @Test(
        "two notifications of one transaction that are the same are delivered once (P1)",
        arguments: [
            "SELECT pg_notify('same', 'x') FROM generate_series(1, 5)",
            "SELECT pg_notify('same', 'x'); SELECT pg_notify('same', 'x')",
            "SELECT count(pg_notify(c, p)) FROM unnest('{same,same}'::text[], '{x,x}'::text[]) AS t(c, p)",
        ])
    func duplicates(sql: String) async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let session = try BlockingConnection(cluster.conninfo(database: cluster.createDatabase()))
            try session.value("LISTEN same")
            try session.value(sql)
            try session.value("NOTIFY same, 'the end'")
            let payloads = try session.notifications(2).map { String(decoding: $0.payload, as: UTF8.self) }
            #expect(payloads == ["x", "the end"])
        }
    }

    @Test("a payload that the client's encoding lacks kills the session that listens (P8)")
    func encodingKill() async throws {
        try await offPool {
            let cluster = try PostgresCluster.shared
            let conninfo = try cluster.conninfo(database: cluster.createDatabase())
            let parameters = try ConnectionParameters(dsn: conninfo).setting("client_encoding", to: "LATIN1")
            let listener = try BlockingConnection(parameters)
            try listener.value("LISTEN poisoned")
            let poster = try BlockingConnection(conninfo)
            try poster.value("NOTIFY poisoned, 'fine'")
            #expect(try listener.notifications(1).count == 1)
            try poster.value("NOTIFY poisoned, '\u{20AC}'")
            let end = try listener.notificationsUntilBroken()
            #expect(end.notifications.isEmpty)
            #expect(end.error.sqlState == "22P05")
            #expect(listener.connection.isBroken == true)
        }
    }

    @Test("what was in the socket when the session was ended is still delivered (P13)")
    func afterTheEnd() async throws {
        try await offPool {
            // Of its own: the queue is that of the cluster, and others fill it.
            let cluster = try PostgresCluster()
            let conninfo = cluster.conninfo()
            let listener = try BlockingConnection(
                ConnectionParameters(dsn: conninfo).setting("application_name", to: "doomed"))
            try listener.value("LISTEN last_words")
            let poster = try BlockingConnection(conninfo)
            try poster.value("SELECT pg_notify('last_words', i::text) FROM generate_series(1, 100) AS i")
            // The listener's process is idle again when all is in the socket.
            try blockUntil("the notifications are sent") {
                try cluster.psql("SELECT pg_notification_queue_usage()") == "0"
            }
            #expect(try cluster.terminateBackend(applicationName: "doomed") == 1)
            let end = try listener.notificationsUntilBroken()
            #expect(end.notifications.map { String(decoding: $0.payload, as: UTF8.self) } == (1...100).map { "\($0)" })
            #expect(
                end.error
                    == PostgresError(message: "terminating connection due to administrator command", sqlState: "57P01"))
        }
    }
}
