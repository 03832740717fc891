import TestSupport
import Testing

@Suite("Names and payloads of any kind")
struct NameTests {
    /// Names that something on the way could take for more than a name.
    static let names = [
        "a b", "a'b", "a\"b", "a;--", "\"; DROP TABLE x; --", "a\r\nb", "\n", "%41", "a+b", "a&b=c", "a/b?c#d", "ä€😀", "\\",
        "$1", "*",
        "A", "a", "\u{1B}[31m", "SELECT", String(repeating: "y", count: 63), String(repeating: "é", count: 31) + "x",
        " ", "\u{2028}", "{}", "[\"a\"]", "../..", "--", "/*", "\t",
    ]

    @Test("a name is a name, whatever it holds: posted, waited on and heard by a stranger", arguments: names)
    func anyName(name: String) async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let server = deployment.server
            let encoded = String(percentEncoding: name.utf8)
            let listener = try ForeignListener(
                deployment.cluster.conninfo(database: deployment.database), channels: [Array(name.utf8)])
            let waiter = try server.wait("/wait?channel=\(encoded)")
            try server.waitUntilHeld(1, on: name)
            let payload = "'\"; ROLLBACK; --\\\r\n$$ \(name)"
            let response = try server.request("POST", "/post?channel=\(encoded)", body: Array(payload.utf8))
            #expect(response.status == 200, "\(response.text)")
            let heard = try listener.next()
            #expect(heard.channel == Array(name.utf8))
            #expect(heard.payload == Array(payload.utf8))
            let answer = try waiter.readResponse()
            #expect(answer.text == payload + "\n")
            #expect(answer["Trunkline-Channel"] == unreserved(name))
        }
    }

    /// The name as a header carries it: RFC 3986's unreserved characters as they are, all else as `%XX`.
    private func unreserved(_ name: String) -> String {
        name.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isUnreserved =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar))
            return isUnreserved ? String(Character(scalar)) : String(percentEncoding: [byte])
        }.joined()
    }

    @Test(
        "a name of 64 bytes is a 400 on both sides, never the channel of its first 63",
        arguments: [
            String(repeating: "x", count: 64), String(repeating: "é", count: 32), "x" + String(repeating: "€", count: 21),
        ])
    func tooLong(name: String) async throws {
        try await offPool {
            let deployment = try Deployment.shared
            #expect(name.utf8.count == 64)
            var prefix = Array(name.utf8.prefix(63))
            while String(validating: prefix, as: UTF8.self) == nil { prefix.removeLast() }
            let conninfo = deployment.cluster.conninfo(database: deployment.database)
            let listener = try ForeignListener(conninfo, channels: [prefix])
            let encoded = String(percentEncoding: name.utf8)
            for response in [
                try deployment.server.request("POST", "/post?channel=\(encoded)", body: Array("stray".utf8)),
                try deployment.server.request("/wait?channel=\(encoded)&timeout=0"),
                try deployment.server.request(
                    "POST", "/post", ["Content-Type: application/x-www-form-urlencoded"],
                    body: Array("channel=\(encoded)&payload=stray".utf8)),
            ] {
                #expect(response.status == 400, "\(response.text)")
                #expect(response.text.contains("63"))
            }
            let ok = try deployment.server.request("/post?channel=\(String(percentEncoding: prefix))&payload=last")
            #expect(ok.status == 200)
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test("NUL is a 422 in name and payload, on both sides, wherever it stands")
    func nul() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let form = "Content-Type: application/x-www-form-urlencoded"
            let lines = "Content-Type: application/x-ndjson"
            for response in [
                try server.request("/wait?channel=a%00b"), try server.request("/wait?channel=%00"),
                try server.request("/post?channel=a%00b&payload=x"), try server.request("/post?channel=a&payload=x%00"),
                try server.request("POST", "/post?channel=a", body: [65, 0, 66]),
                try server.request("POST", "/post", [form], body: Array("channel=a&payload=%00".utf8)),
                try server.request("POST", "/post", [lines], body: Array(#"{"channel":"a\u0000","payload":"x"}"#.utf8)),
            ] {
                #expect(response.status == 422, "\(response.text)")
                #expect(response.text.contains("NUL"))
            }
        }
    }

    @Test("7,999 bytes are a payload and 8,000 a 413, in every place a payload can stand")
    func payloadSize() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let server = deployment.server
            let listener = try deployment.listener(on: "size")
            for (count, status) in [(7_999, 200), (8_000, 413)] {
                let text = String(repeating: "é", count: count / 2) + String(repeating: "x", count: count % 2)
                let encoded = text.replacing("é", with: "%C3%A9")
                let responses = [
                    try server.request("POST", "/post?channel=size", body: Array(text.utf8)),
                    try server.request(
                        "POST", "/post", ["Content-Type: application/x-www-form-urlencoded"],
                        body: Array("channel=size&payload=\(encoded)".utf8)),
                    try server.request(
                        "POST", "/post", ["Content-Type: application/x-ndjson"],
                        body: Array(#"{"channel":"size","payload":"\#(text)"}"#.utf8)),
                    // In the query all is ASCII: as é it would be longer than a request target may be.
                    try server.request("/post?channel=size&payload=\(String(repeating: "x", count: count))"),
                ]
                #expect(responses.map(\.status) == [Int](repeating: status, count: 4), "\(responses.map(\.text))")
            }
            try server.post("last", to: "size")
            let heard = try listener.payloads(until: "last")
            #expect(heard.map(\.count) == [7_999, 7_999, 7_999, 7_999])
        }
    }
}
