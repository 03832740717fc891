import TestSupport
import Testing

@Suite("Raw connections")
struct RawConnectionTests {
    /// What a server that sends these bytes is understood to have said.
    private func responses(to answer: String, count: Int = 1, method: String = "GET") throws -> [RawResponse] {
        let server = try CannedServer(answer)
        let connection = try RawConnection(port: server.port)
        try connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return try (0..<count).map { _ in try connection.readResponse(to: method) }
    }

    @Test("a body is read by its Content-Length, and a pipelined answer stays for the next call")
    func contentLength() async throws {
        try await offPool {
            let both = try responses(
                to: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: 1\r\nx-a:2 \r\n\r\nabc"
                    + "HTTP/1.1 204 No Content\r\n\r\n",
                count: 2)
            #expect(both.map(\.status) == [200, 204])
            #expect(both.map(\.reason) == ["OK", "No Content"])
            #expect(both.map(\.text) == ["abc", ""])
            #expect(both[0].fields.map(\.name) == ["Content-Length", "X-A", "x-a"])
            #expect(both[0]["X-a"] == "1")
            #expect(both[0].fields.map(\.value) == ["3", "1", "2"])
        }
    }

    @Test("a chunked body is put together, and one without a length goes to the end")
    func otherFramings() async throws {
        try await offPool {
            let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
            let texts = try [chunked, "HTTP/1.0 200 OK\r\n\r\nto the end"].map { try responses(to: $0)[0].text }
            #expect(texts == ["abc0123456789", "to the end"])
        }
    }

    @Test("an answer to HEAD has no body, whatever its length says")
    func head() async throws {
        try await offPool {
            let response = try responses(to: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", method: "HEAD")[0]
            #expect(response["Content-Length"] == "5")
            #expect(response.body.isEmpty)
        }
    }

    @Test(
        "what a lenient client would forgive is an error",
        arguments: [
            "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "HTTP/1.1 200\r\n\r\n", "HTTP/2 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: 1\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\nA: 1\nB: 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
        ])
    func strictness(answer: String) async throws {
        try await offPool {
            #expect(throws: TestSupportError.self) { try responses(to: answer) }
        }
    }

    @Test("a call that waits in vain fails when the patience is over, and says what it waited for")
    func patience() async throws {
        try await offPool {
            let server = try CannedServer("")
            let connection = try RawConnection(port: server.port, patience: .milliseconds(50))
            let error = try #require(throws: TestSupportError.self) { _ = try connection.read(count: 1) }
            #expect(error.description.contains("1 bytes come"))
            #expect(connection.isQuiet)
        }
    }
}
