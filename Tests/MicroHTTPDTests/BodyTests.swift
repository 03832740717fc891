import MicroHTTPD
import Testing
import Threads

@Suite("Bodies")
struct BodyTests {
    static func configuration(bodyByteCountMax: Int) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        configuration.bodyByteCountMax = bodyByteCountMax
        return configuration
    }

    @Test("a chunked body arrives whole, with extensions and trailers; the connection is closed after it")
    func chunked() throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        client.send(
            """
            POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nT: x\r\n\r\n\
            GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n
            """)
        let answer = try client.receiveAnswer()
        #expect(answer.body == "hello world")
        #expect(answer.isClosing)
        #expect(try client.receiveAll() == "")
        #expect(server.served.all == ["/"])
    }

    @Test("what follows a body whose chunks end in a bare LF is never executed")
    func chunkSmuggling() throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        client.send(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n"
                + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        _ = try client.receiveAll()
        #expect(server.served.all == ["/"])
    }

    @Test("malformed chunks are refused", arguments: ["x\r\n", "-1\r\nhello", "5\r\nhelloXX", "ffffffffffffffffff\r\n"])
    func malformedChunks(_ body: String) throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        let answer = try client.receiveAnswer()
        #expect(answer.status == 400 || answer.status == 413)
        #expect(server.served.all == [])
    }

    @Test("a body of exactly the limit is served, one byte more is a 413", arguments: [false, true])
    func limit(_ isChunked: Bool) throws {
        let server = try TestServer.echo(Self.configuration(bodyByteCountMax: 10_000))
        for (count, status) in [(10_000, 200), (10_001, 413)] {
            let client = try server.connect()
            let body = String(repeating: "a", count: count)
            let field = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(count)"
            let sent = isChunked ? "\(String(count, radix: 16))\r\n\(body)\r\n0\r\n\r\n" : body
            let answer = try client.exchange("POST / HTTP/1.1\r\nHost: x\r\n\(field)\r\n\r\n\(sent)")
            #expect(answer.status == status)
            #expect(answer.body == (status == 200 ? body : "body"))
        }
    }

    /// Sends chunks of 64 KiB until the server closes.
    private func sendChunks(_ client: RawClient, max: Int) -> Int {
        let chunk = Array(("10000\r\n" + String(repeating: "a", count: 65_536) + "\r\n").utf8)
        return (0..<max).first { _ in client.send(chunk) < chunk.count } ?? max
    }

    @Test("a chunked body a hundred times the limit is a 413 that its client reads, and the connection is closed")
    func farAboveLimit() throws {
        let server = try TestServer.echo(Self.configuration(bodyByteCountMax: 10_000))
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(sendChunks(client, max: 16) == 16)
        client.send("0\r\n\r\n")
        let answer = try client.receiveAnswer()
        #expect(answer.status == 413)
        #expect(answer.body == "body")
        #expect(answer.isClosing)
        #expect(try client.receiveAll() == "")
        #expect(server.served.all == [])
    }

    @Test("a chunked body that goes on and on is cut after 64 MiB")
    func endlessBody() throws {
        let server = try TestServer.echo(Self.configuration(bodyByteCountMax: 10_000))
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let count = sendChunks(client, max: 2_000)
        #expect(count >= 1_024 && count < 1_500, "\(count)")
        #expect(eventually { server.daemon.connectionCount == 0 })
        #expect(server.served.all == [])
    }

    @Test("a chunked body above the limit that then comes slowly is cut at the body time-out")
    func slowDiscard() throws {
        var configuration = Self.configuration(bodyByteCountMax: 10_000)
        configuration.bodyTimeout = .milliseconds(500)
        let server = try TestServer.echo(configuration)
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(sendChunks(client, max: 2) == 2)
        let start = MonotonicInstant.now
        #expect(try client.receiveAll() == "")
        let time = MonotonicInstant.now - start
        #expect(time < .seconds(2), "\(time)")
    }

    @Test("a client that sends 5 MB before it reads still reads its 413")
    func readableRefusal() throws {
        let server = try TestServer.echo()
        for _ in 0..<20 {
            let client = try server.connect()
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n")
            #expect(client.send([UInt8](repeating: 0x61, count: 5_000_000)) == 5_000_000)
            let answer = try client.receiveAnswer()
            #expect(answer.status == 413)
            #expect(answer.body == "body")
            #expect(answer.isClosing)
            #expect(try client.receiveAll() == "")
        }
    }

    @Test("an answer to the head alone is readable although the body was never read")
    func readableHeadAnswer() throws {
        let server = try TestServer(
            head: { _ in Response(status: .unsupportedMediaType, body: Array("no".utf8)) },
            respond: { _, _ in StepResponder { _ in .close } })
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
        #expect(client.send([UInt8](repeating: 0x61, count: 900_000)) == 900_000)
        let answer = try client.receiveAnswer()
        #expect(answer.status == 415)
        #expect(answer.body == "no")
        #expect(answer.isClosing)
        #expect(server.served.count == 0)
    }

    @Test("the sockets that linger after an early answer are closed with their clients")
    func lingeringEnds() throws {
        let server = try TestServer.echo()
        do {
            let clients = try (0..<50).map { _ in try server.connect() }
            for client in clients { client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nabc") }
            for client in clients { #expect(try client.receiveAnswer().status == 413) }
            #expect(eventually { server.daemon.connectionCount == 0 })
        }
        #expect(eventually { socketCount(boundTo: server.port) == server.idleSocketCount })
    }

    @Test("Expect: 100-continue is answered before the body is sent, and not at all when the request is refused by its head")
    func expectContinue() throws {
        let server = try TestServer.echo(Self.configuration(bodyByteCountMax: 100))
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hello")
        #expect(try client.receiveAnswer().body == "hello")
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n")
        #expect(try client.receiveAnswer().status == 413)
    }
}
