import Foundation
import TestSupport
import Testing

@Suite("JSON", .serialized)
struct JSONTests {
    /// What breaks careless writers of JSON: control characters, quotes, the line ends of JavaScript, characters beyond 16 bits.
    private static let payloads =
        (1...31).map { "control \(UnicodeScalar(UInt8($0)))" } + [
            "", "\"", "\\", "\\\"", "/", "</script>", "\u{7F}", "\u{85}", "\u{2028}\u{2029}", "x\u{FEFF}", "é", "日本", "🦊👩‍👩‍👧",
            "\u{FFFD}",
            "\r\n\r\ndata: x\n\n", "{\"type\":\"gap\"}", "id: 1", String(repeating: "a", count: 7_999),
        ]

    @Test("of polls, line streams and events gives every payload back to the letter, to a parser that is not ours")
    func roundTrip() async throws {
        try await offPool {
            let wire = try Wire()
            let name = "q\"\\\u{1}🦊"
            let query = "channel=a&channel=q%22%5C%01%F0%9F%A6%8A"
            let start = try wire.cursor(query)
            for (index, payload) in Self.payloads.enumerated() {
                try wire.post(payload, to: index.isMultiple(of: 2) ? "a" : "q%22%5C%01%F0%9F%A6%8A")
            }
            let response = try wire.request("/wait?\(query)&format=json&limit=1000&since=\(start)")
            #expect(response["Content-Type"] == "application/json")
            let poll = try #require(try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any])
            #expect(poll["gap"] is NSNull)
            let objects = try #require(poll["notifications"] as? [[String: Any]])
            try check(objects, other: name)

            let stream = try wire.open("/wait?\(query)&mode=stream&format=json&limit=\(Self.payloads.count)&since=\(start)")
            let answer = try stream.readResponse()
            #expect(answer["Content-Type"] == "application/x-ndjson")
            let lines = answer.body.split(separator: UInt8(ascii: "\n"))
            #expect(try text(lines[0], "type") == "listening")
            #expect(try text(lines[0], "cursor") == start)
            try check(try lines.dropFirst().map(object), other: name)

            let events = try wire.open("/wait?\(query)&mode=sse&limit=\(Self.payloads.count)&since=\(start)")
            let data = try events.readResponse().text.components(separatedBy: "\n").filter { $0.hasPrefix("data: ") }
            try check(try data.map { try object(Array($0.dropFirst(6).utf8)[...]) }, other: name)
        }
    }

    private func check(_ objects: [[String: Any]], other: String) throws {
        #expect(objects.count == Self.payloads.count)
        for (index, object) in objects.enumerated() {
            #expect(object["payload"] as? String == Self.payloads[index])
            #expect(object["channel"] as? String == (index.isMultiple(of: 2) ? "a" : other))
            #expect(object["type"] as? String == "notification")
            let time = try #require(object["time"] as? String)
            #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#) != nil)
            #expect(Set(object.keys) == ["type", "id", "channel", "payload", "time"])
        }
    }

    private func object(_ line: ArraySlice<UInt8>) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }

    private func text(_ line: ArraySlice<UInt8>, _ key: String) throws -> String? {
        try object(line)[key] as? String
    }

    @Test("line streams are alive: a heartbeat carries a cursor that holds")
    func heartbeat() async throws {
        try await offPool {
            let wire = try Wire(["--heartbeat", "1"])
            let stream = try wire.open("/wait?channel=a&mode=stream&format=json")
            _ = try stream.readHead()
            let listening = try #require(try stream.readChunk())
            let cursor = try #require(try text(listening[...].dropLast(), "cursor"))
            let beat = try #require(try stream.readChunk())
            #expect(try text(beat[...].dropLast(), "type") == "heartbeat")
            #expect(try text(beat[...].dropLast(), "cursor") == cursor)
        }
    }

    @Test("payloads of a LATIN1 database are text in UTF-8, names too")
    func latin1() async throws {
        try await offPool {
            let wire = try Wire(encoding: .latin1)
            let start = try wire.cursor("channel=caf%C3%A9")
            try wire.cluster.psql("SET client_encoding = 'UTF8'; NOTIFY \"café\", 'naïve ÿ'", database: wire.database)
            let poll = try wire.poll("channel=caf%C3%A9&since=\(start)")
            #expect(poll.notifications.map(\.payload) == ["naïve ÿ"])
            #expect(poll.notifications.map(\.channel) == ["café"])
            #expect(try wire.request("/wait?channel=%E6%97%A5&timeout=0").status == 422)
        }
    }

    @Test("payloads of a SQL_ASCII database that are no text come as payload_base64, exact in raw, repaired in text")
    func sqlASCII() async throws {
        try await offPool {
            let wire = try Wire(encoding: .sqlASCII)
            let start = try wire.cursor()
            try wire.cluster.psql("SELECT pg_notify('a', E'x\\xffy')", database: wire.database)
            try wire.post("é")
            let poll = try wire.poll("channel=a&limit=2&since=\(start)")
            #expect(poll.notifications.map(\.payload) == [nil, "é"])
            let base64 = try #require(poll.notifications.first?.payloadBase64)
            #expect(Data(base64Encoded: base64) == Data([0x78, 0xFF, 0x79]))
            #expect(try wire.request("/wait?channel=a&format=raw&since=\(start)").body == [0x78, 0xFF, 0x79])
            #expect(try wire.request("/wait?channel=a&since=\(start)").text == "x\u{FFFD}y\n")
        }
    }

    @Test("names that no connection could check yet are refused one by one when PostgreSQL comes")
    func unrepresentableNames() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let wire = try Wire(cluster: cluster, encoding: .latin1)
            try cluster.stop()
            let early = try ServerProcess(["--database", cluster.conninfo(database: wire.database)])
            let connection = try early.connect(patience: .seconds(15))
            // Two of its names cannot be sent, and the third is a good one.
            try connection.send(
                "GET /wait?channel=%E6%97%A5&channel=%E6%9C%AC&channel=a&format=json HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try blockUntil("the reader is there") { try early.get("/channels").text.contains("\"a\"") }
            try cluster.start()
            let response = try connection.readResponse()
            #expect((400...599).contains(response.status), "\(response.text)")
            try early.waitUntilReady()
            #expect(try early.get("/wait?channel=a&timeout=0").status == 204)
        }
    }

    @Test("of /channels shows what of the bounds is used, per channel")
    func channels() async throws {
        try await offPool {
            let wire = try Wire(["--history-count", "3"])
            let start = try wire.cursor()
            // Who was answered is let go a moment later.
            try wire.waitForReaders(0, of: "a")
            let fresh = try #require(try wire.channel("a"))
            #expect((fresh.readers, fresh.kept, fresh.bytes, fresh.floor) == (0, 0, 0, position(of: start)))
            let held = try wire.open("/wait?channel=b")
            try wire.waitForReaders(1, of: "b")
            for number in 1...5 { try wire.post("\(number)") }
            let used = try #require(try wire.channel("a"))
            let end = try wire.poll("channel=a&since=\(start)").cursor
            #expect((used.kept, used.floor, used.listening) == (3, position(of: end), true))
            #expect(used.position == used.floor + 3)
            #expect(used.bytes > 3 && used.bytes < 3_000)
            held.close()
            try wire.waitForReaders(0, of: "b")
        }
    }
}
