import TestSupport
import Testing

@Suite("Streams for HTTP/1.0")
struct PlainStreamTests {
    @Test(
        "they have no chunks and end with the connection",
        arguments: [
            ("mode=stream", "", "one\ntwo\n"), ("mode=sse", "", "data: one\n\n"),
            ("mode=stream&format=json", "Connection: keep-alive\r\n", "\"one\""),
        ])
    func plain(query: String, field: String, content: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let channel = "plain_\(query.utf8.count)"
            let connection = try server.connect()
            try connection.send("GET /wait?channel=\(channel)&limit=2&\(query) HTTP/1.0\r\n\(field)\r\n")
            let head = try connection.readHead()
            #expect(head.status == 200)
            #expect(head.count(of: "Transfer-Encoding") == 0)
            #expect(head.count(of: "Content-Length") == 0)
            #expect(head["Connection"]?.lowercased() != "keep-alive")
            // Not held back until the end: the first one is seen before there is a second.
            try server.post("one", to: channel)
            let first = try connection.read(through: "one")
            try server.post("two", to: channel)
            let text = String(decoding: first + Array("one".utf8) + (try connection.readToEnd()), as: UTF8.self)
            #expect(text.contains(content))
            #expect(text.contains("two"))
            #expect(!text.contains("\r"), "no size of a chunk")
        }
    }

    @Test("timeout closes it")
    func timeout() async throws {
        try await offPool {
            let connection = try Deployment.shared.server.connect()
            try connection.send("GET /wait?channel=plain&mode=stream&timeout=0.3 HTTP/1.0\r\n\r\n")
            #expect(try connection.readHead().status == 200)
            #expect(try connection.readToEnd().isEmpty)
        }
    }

    @Test("a client that leaves is freed")
    func leaves() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let connection = try server.connect()
            try connection.send("GET /wait?channel=plain_left&mode=sse HTTP/1.0\r\n\r\n")
            _ = try connection.read(through: ": listening plain_left\n\n")
            connection.close()
            _ = try server.waitUntilLeft("plain_left", within: .seconds(5))
        }
    }
}
