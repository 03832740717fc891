import TestSupport
import Testing

@Suite("Requests that are too large")
struct SizeTests {
    /// Sends what the server refuses before it has read all of it, and reads the answer while sending.
    private func answer(of server: ServerProcess, to head: String, body byteCount: Int) throws -> RawResponse {
        let connection = try server.connect()
        let responses = try atOnce(2) { index -> RawResponse? in
            if index == 1 { return try connection.readResponse() }
            do {
                try connection.send(Array(head.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: byteCount))
            } catch {
                // The server may have closed: then the answer must have been readable, and the other thread has it.
                return nil
            }
            return nil
        }
        guard let response = responses[1] else { throw TestSupportError("no answer") }
        return response
    }

    @Test("a body beyond the limit is a readable 413 and the end of the connection, whatever is still being sent")
    func body() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let form = "Content-Type: application/x-ndjson\r\n"
            for (path, type, count) in [
                ("/post?channel=a", "", 40_000), ("/post?channel=a", "", 20_000_000), ("/post", form, (1 << 20) + 1),
                ("/post", form, 20_000_000),
            ] {
                let head = "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(type)Content-Length: \(count)\r\n\r\n"
                let response = try answer(of: server, to: head, body: count)
                #expect(response.status == 413, "\(path) \(count)")
                #expect(response["Connection"] == "close")
                #expect(response.text.contains("bytes"))
            }
        }
    }

    @Test("a body in chunks beyond the limit is a readable 413")
    func chunkedBody() async throws {
        try await offPool {
            let server = try Deployment(["--max-body", "10KiB"]).server
            let connection = try server.connect()
            let chunk = "1000\r\n\(String(repeating: "x", count: 4_096))\r\n"
            try connection.send(
                "POST /post?channel=a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + String(repeating: chunk, count: 4) + "0\r\n\r\n")
            #expect(try connection.readResponse().status == 413)
        }
    }

    @Test("max_body is an edge: so many bytes are taken, one more is not")
    func bodyEdge() async throws {
        try await offPool {
            let server = try Deployment(["--max-body", "1000"]).server
            let fields = ["Content-Type: application/x-ndjson"]
            let line = #"{"channel":"a"}"#
            for (count, status) in [(1_000, 200), (1_001, 413)] {
                let body = Array((line + String(repeating: "\n", count: count - line.utf8.count)).utf8)
                #expect(try server.request("POST", "/post", fields, body: body).status == status)
            }
        }
    }

    @Test("a target that is too long is a 414, a head that is too large a 431, and both are readable")
    func head() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let long = String(repeating: "x", count: 17_000)
            let many = (0..<1_000).map { "X-Filler-\($0): \($0)" }
            for (status, target, fields) in [
                (414, "/post?channel=a&payload=\(long)", []), (431, "/healthz", ["X-Long: \(long)"]), (431, "/healthz", many),
                (414, "/\(long)", ["Accept: application/json"]),
            ] as [(Int, String, [String])] {
                let response = try server.request("GET", target, fields)
                #expect(response.status == status, "\(target.prefix(20)) \(fields.count)")
                #expect(response["Connection"] == "close")
                #expect(!response.body.isEmpty)
            }
        }
    }

    @Test("100 channels of 63 bytes fit into a request, and are answered")
    func longQuery() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let names = (10..<110).map { "\($0)" + String(repeating: "n", count: 63 - "\($0)".utf8.count) }
            let waiter = try server.wait("/wait?" + names.map { "channel=\($0)" }.joined(separator: "&"))
            try server.waitUntilHeld(1, on: names[99])
            try server.post("x", to: names[99])
            #expect(try waiter.readResponse()["Trunkline-Channel"] == names[99])
        }
    }

    @Test("other clients notice nothing of huge heads")
    func bystanders() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let waiter = try server.hold(1, on: "canary")[0]
            let junk = String(repeating: "X-Junk: \(String(repeating: "j", count: 1_000))\r\n", count: 200)
            for _ in 0..<50 {
                let connection = try server.connect()
                do {
                    try connection.send("GET /wait?channel=canary HTTP/1.1\r\nHost: localhost\r\n\(junk)\r\n")
                } catch {
                    // It may be refused before all of it is sent.
                    continue
                }
            }
            try server.post("sings", to: "canary")
            #expect(try waiter.readResponse().text == "sings\n")
        }
    }
}
