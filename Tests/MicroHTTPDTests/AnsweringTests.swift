import HTTPTypes
import MicroHTTPD
import Testing
import Threads

@Suite("Answering")
struct AnsweringTests {
    @Test("a request is answered, and the connection kept for the next one, with a body as well as without")
    func keepAlive() throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        for number in 1...3 {
            let answer = try client.exchange("GET /\(number)?a=b&c HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.status == 200)
            #expect(answer.body == "/\(number)?a=b&c")
            #expect(!answer.isClosing)
            let posted = try client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
            #expect(posted.body == "hello")
            #expect(!posted.isClosing)
        }
        #expect(server.daemon.connectionCount == 1)
    }

    @Test("the request reaches the responder as it was sent: target, version, and fields with case, order and repetition")
    func verbatim() throws {
        let requests = Recorder<Request>()
        let server = try TestServer { request, _ in
            requests.record(request)
            return StepResponder { _ in .respond(Response(status: .noContent)) }
        }
        let client = try server.connect()
        _ = try client.exchange(
            "PATCH /a%00b?x=%zz&&y+z HTTP/1.1\r\nhOsT:x\r\nX-One:  a b \t\r\nx-one: \r\nCookie: k=v; l=w\r\n\r\n")
        let request = try #require(requests.all.first)
        #expect(request.method == "PATCH")
        #expect(request.version == "HTTP/1.1")
        #expect(String(decoding: request.target, as: UTF8.self) == "/a%00b?x=%zz&&y+z")
        #expect(
            request.headers == [
                .init(name: "hOsT", value: "x"), .init(name: "X-One", value: "a b"), .init(name: "x-one", value: ""),
                .init(name: "Cookie", value: "k=v; l=w"),
            ])
        #expect(!request.hasBody)
    }

    @Test("Connection: close and HTTP/1.0 close after the answer, and the answer says so")
    func closing() throws {
        let server = try TestServer.echo()
        for head in ["GET / HTTP/1.1\r\nHost: x\r\nConnection: Close", "GET / HTTP/1.0"] {
            let client = try server.connect()
            client.send(head + "\r\n\r\n")
            let answer = try client.receiveAnswer()
            #expect(answer.status == 200)
            #expect(answer.isClosing)
            #expect(try client.receiveAll() == "")
        }
    }

    @Test("an answer's own fields come beside the others, an empty one is left out, and a closing answer has them, too")
    func ownHeaders() throws {
        let server = try TestServer { _, _ in
            let response = Response(
                status: .ok, headers: [.cacheControl: "no-store", .contentLanguage: ""],
                ownHeaders: [.init("X-Own", "a b"), .init("X-Empty", "")], body: Array("x".utf8))
            return StepResponder { _ in .respond(response) }
        }
        let client = try server.connect()
        // Behind a body in chunks the connection is closed, by an answer of its own.
        let chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        for request in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", chunked] {
            let answer = try client.exchange(request)
            #expect(answer.field("x-own") == "a b")
            #expect(answer.field("cache-control") == "no-store")
            #expect(answer.field("x-empty") == nil && answer.field("content-language") == nil)
            #expect(answer.isClosing == (request == chunked))
        }
    }

    @Test("HTTP/1.0 with keep-alive keeps the connection")
    func oldKeepAlive() throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        for _ in 0..<2 {
            let answer = try client.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(answer.body == "/")
            #expect(answer.field("connection")?.lowercased() == "keep-alive")
        }
    }

    @Test("a HEAD answer has the headers with Content-Length, no body, and the next answer follows at once")
    func headAnswer() throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = try client.receiveAnswer(hasBody: false)
        #expect(head.status == 200)
        #expect(head.field("content-length") == "4")
        #expect(try client.receiveAnswer().body == "/next")
    }

    @Test("pipelined requests are answered in order, and the second starts only when the first is answered")
    func pipelining() throws {
        let gates = Recorder<GateResponder>()
        let server = try TestServer { request, exchange in
            if request.target == Array("/slow".utf8) {
                let gate = GateResponder(exchange)
                gates.record(gate)
                return gate
            }
            return StepResponder { _ in .respond(Response(status: .ok, body: request.target)) }
        }
        let client = try server.connect()
        let fast = (0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
        client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + fast)
        #expect(eventually { gates.count == 1 })
        #expect(server.served.all == ["/slow"])
        gates.all[0].open()
        #expect(try client.receiveAnswer().body == "woken")
        for number in 0..<20 { #expect(try client.receiveAnswer().body == "/\(number)") }
    }

    @Test("one response answers many clients, with its body kept once")
    func sharedResponse() throws {
        let body = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 % 95 + 32) }
        let shared = Response(status: .ok, headers: [.cacheControl: "no-store"], body: body)
        let server = try TestServer { _, _ in StepResponder { _ in .respond(shared) } }
        let clients = try (0..<50).map { _ in try server.connect() }
        for client in clients { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
        for client in clients {
            let answer = try client.receiveAnswer()
            #expect(answer.body.utf8.elementsEqual(body))
            #expect(answer.field("cache-control") == "no-store")
        }
    }

    @Test("a client that half-closes right after its request still gets the answer, if the request does not park")
    func halfClosed() throws {
        let server = try TestServer.echo()
        for _ in 0..<200 {
            let client = try server.connect()
            client.send("GET /half HTTP/1.1\r\nHost: x\r\n\r\n")
            client.halfClose()
            #expect(try client.receiveAnswer().body == "/half")
        }
    }

    @Test("an answer to the head alone keeps the connection when no body was announced")
    func headAnswerWithoutBody() throws {
        let server = try TestServer(
            head: { _ in Response(status: .notFound) },
            respond: { _, _ in StepResponder { _ in .close } })
        let client = try server.connect()
        for _ in 0..<3 {
            let answer = try client.exchange("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(answer.status == 404)
            #expect(!answer.isClosing)
        }
        #expect(server.served.count == 0)
    }

    @Test("a responder is told the end exactly once, whether it answers, closes, or streams")
    func ended() throws {
        let responders = Recorder<StepResponder>()
        let server = try TestServer { request, _ in
            let responder = StepResponder { _ in
                request.target == Array("/close".utf8) ? .close : .respond(Response(status: .ok))
            }
            responders.record(responder)
            return responder
        }
        let answered = try server.connect()
        _ = try answered.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let closed = try server.connect()
        closed.send("GET /close HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try closed.receiveAll() == "")
        #expect(eventually { responders.all.allSatisfy { $0.endCount.load(ordering: .sequentiallyConsistent) == 1 } })
        #expect(responders.count == 2)
        #expect(server.log.all == [])
    }
}
