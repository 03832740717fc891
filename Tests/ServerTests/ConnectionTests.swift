import TestSupport
import Testing

@Suite("Connections")
struct ConnectionTests {
    /// Waits for no head longer than a second.
    private static let impatient = Result { try Deployment(["--head-timeout", "1"]) }

    @Test("a connection stays open after an answer, also after a refusal of a request without a body")
    func keepAlive() async throws {
        try await offPool {
            let connection = try Deployment.shared.server.connect()
            for (status, method, target) in [
                (400, "GET", "/wait"), (404, "GET", "/nothing"), (405, "DELETE", "/wait"), (422, "GET", "/post?channel=%00"),
                (204, "GET", "/wait?channel=kept_alive&timeout=0"), (200, "GET", "/healthz"),
            ] {
                try connection.sendRequest(method, target)
                #expect(try connection.readResponse().status == status)
            }
        }
    }

    @Test("a refusal that leaves a body unread ends the connection, and can be read all the same")
    func unreadBody() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let body = [UInt8](repeating: UInt8(ascii: "x"), count: 500_000)
            for (status, method, target) in [
                (413, "POST", "/post?channel=a"), (404, "POST", "/nothing"), (405, "POST", "/wait"), (415, "POST", "/post"),
            ] {
                let connection = try server.connect()
                try connection.sendRequest(method, target, body: body)
                let response = try connection.readResponse()
                #expect(response.status == status, "\(target)")
                #expect(response["Connection"] == "close")
                #expect(try connection.readToEnd().isEmpty)
            }
        }
    }

    @Test("pipelined requests are answered in order, a post starting when the wait before it is answered")
    func pipelined() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "behind")
            let connection = try deployment.server.connect()
            let requests = ["/wait?channel=behind&timeout=0.7", "/post?channel=behind&payload=after", "/healthz", "/nothing"]
            try connection.send(requests.flatMap { RawConnection.bytes(ofRequest: $0) })
            #expect(try connection.readResponse().status == 204, "the post behind it cannot have answered it")
            #expect(try listener.next().payload == Array("after".utf8))
            #expect(try connection.readResponse().status == 200)
            #expect(try connection.readResponse().text == "ok\n")
            #expect(try connection.readResponse().status == 404)
        }
    }

    @Test("a hundred polls on one connection, one after the other, each with a notification of its own")
    func manyPolls() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let connection = try server.connect()
            for number in 0..<100 {
                try connection.sendRequest("GET", "/wait?channel=one_after_the_other")
                try server.waitUntilHeld(1, on: "one_after_the_other")
                try server.post("\(number)", to: "one_after_the_other")
                #expect(try connection.readResponse().text == "\(number)\n")
                // It counts as a reader until its answer is written; the next one must not be taken for it.
                _ = try server.waitUntilLeft("one_after_the_other")
            }
        }
    }

    @Test("a client that waits for leave to send its body gets it, or the refusal at once")
    func expectContinue() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let welcome = try server.connect()
            let head = "POST /post?channel=expected HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            try welcome.send("\(head)Content-Length: 3\r\n\r\n")
            #expect(try welcome.readResponse().status == 100)
            try welcome.send("abc")
            #expect(try welcome.readResponse().status == 200)
            let refused = try server.connect()
            try refused.send("\(head)Content-Length: 40000\r\n\r\n")
            #expect(try refused.readResponse().status == 413)
        }
    }

    @Test("HTTP/1.0 is answered and closed, with or without a Host")
    func oldVersion() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            for fields in ["", "Host: localhost\r\n"] {
                let connection = try server.connect()
                try connection.send("GET /healthz HTTP/1.0\r\n\(fields)\r\n")
                let response = try connection.readResponse()
                #expect(response.status == 200)
                #expect(response.text == "ok\n")
                #expect(try connection.readToEnd().isEmpty)
            }
            let waiter = try server.connect()
            try waiter.send("GET /wait?channel=old HTTP/1.0\r\n\r\n")
            try server.waitUntilHeld(1, on: "old")
            try server.post("x", to: "old")
            #expect(try waiter.readResponse().text == "x\n")
        }
    }

    @Test(
        "what is no HTTP/1 ends its own connection and nothing else", .serialized,
        arguments: [
            Array("GET /post?channel=strange&payload=x\r\n\r\n".utf8), Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + [UInt8](repeating: 0x5A, count: 512),
            [UInt8](repeating: 0, count: 100) + Array("\r\n\r\n".utf8), Array("\r\n\r\n\r\n\r\n".utf8),
            Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), [UInt8](repeating: UInt8(ascii: "A"), count: 100_000),
        ])
    func strangers(bytes: [UInt8]) async throws {
        try await offPool {
            let deployment = try Self.impatient.get()
            let server = deployment.server
            let waiter = try server.wait("/wait?channel=strange\(bytes.count)")
            try server.waitUntilHeld(1, on: "strange\(bytes.count)")
            let listener = try deployment.listener(on: "strange")
            let connection = try server.connect()
            try connection.send(bytes)
            let answer = String(decoding: try connection.readToEnd(), as: UTF8.self)
            let statuses = answer.matches(of: #/HTTP/1\.[01] ([0-9]{3})/#).map { String($0.1) }
            #expect(Set(statuses).isSubset(of: ["400", "414", "431", "505"]), "\(answer)")
            try server.post("x", to: "strange\(bytes.count)")
            #expect(try waiter.readResponse().text == "x\n")
            try server.post("last", to: "strange")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test("a request may come byte by byte")
    func byteByByte() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "slowly")
            let connection = try deployment.server.connect()
            for byte in RawConnection.bytes(ofRequest: "POST", "/post?channel=slowly", body: Array("abc".utf8)) {
                try connection.send([byte])
            }
            #expect(try connection.readResponse().status == 200)
            #expect(try listener.next().payload == Array("abc".utf8))
        }
    }
}
