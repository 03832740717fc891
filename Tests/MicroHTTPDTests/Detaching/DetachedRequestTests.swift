import Glibc
import HTTPTypes
import Synchronization
import Testing
import Threads

@testable import MicroHTTPD

/// A request that is held for a while is taken from libmicrohttpd, and its connection given back after the answer.
@Suite("Held requests that libmicrohttpd has let go of", .serialized)
struct DetachedRequestTests {
    static func gated(
        _ gates: Recorder<GateResponder>, _ configuration: DaemonConfiguration = Self.configuration(),
        isDetaching: Bool = true, _ response: Response = Response(status: .ok, body: Array("woken".utf8))
    ) throws -> TestServer {
        try TestServer(configuration, isDetaching: isDetaching) { request, exchange in
            if request.target == Array("/now".utf8) { return StepResponder { _ in .respond(Response(status: .noContent)) } }
            let gate = GateResponder(exchange, response)
            gates.record(gate)
            return gate
        }
    }

    static func configuration(settle: Duration = .zero) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        configuration.settleTime = settle
        return configuration
    }

    static func request(_ target: String = "/wait", fields: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
    }

    /// Waits until the last request is detached.
    static func lastDetached(_ gates: Recorder<GateResponder>, count: Int) throws -> GateResponder {
        try #require(eventually { gates.count == count && gates.all[count - 1].exchange.isDetached })
        return gates.all[count - 1]
    }

    @Test("a connection is given back after each answer, and is the same for its client, and counted once")
    func rounds() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        for round in 1...200 {
            client.send(Self.request())
            let gate = try Self.lastDetached(gates, count: round)
            #expect(gate.stepCount.load(ordering: .sequentiallyConsistent) == 1, "nobody has woken it")
            gate.open()
            #expect(try client.receiveAnswer().body == "woken")
            if round % 3 == 0 { #expect(try client.exchange(Self.request("/now")).status == 204) }
            #expect(server.daemon.connectionCount == 1)
        }
        #expect(eventually { ParkingTests.isEachEnded(gates) })
        #expect(gates.all.allSatisfy { $0.stepCount.load(ordering: .sequentiallyConsistent) == 2 })
        #expect(eventually { socketCount(boundTo: server.port) == server.idleSocketCount + 1 }, "none is open twice")
        #expect(server.log.all.isEmpty)
    }

    /// What is answered, and to which fields of the request.
    struct Case: CustomTestStringConvertible, Sendable {
        let response: Response
        var fields = ""
        var testDescription: String { "\(response.status.code) \(response.headers) \(fields)" }
    }

    static let cases = [
        Case(
            response: Response(
                status: .ok, headers: [.contentType: "text/plain"], ownHeaders: [.init("X-Own", "1"), .init("X-None", "")],
                body: [65])),
        Case(response: Response(status: .ok)),
        Case(response: Response(status: .noContent, ownHeaders: [.init("ETag", "\"1\"")])),
        Case(response: Response(status: .notModified)),
        Case(response: Response(status: .badRequest, body: [UInt8](repeating: 66, count: 9_999))),
        Case(response: Response(status: .serviceUnavailable, headers: [.retryAfter: "1", .connection: "close"], body: [67])),
        Case(response: Response(status: .ok, body: [68]), fields: "Connection: close\r\n"),
        Case(response: Response(status: .ok, body: [69]), fields: "Connection: x, CLOSE\r\n"),
        Case(response: Response(status: .ok, body: [70]), fields: "Connection: keep-alive\r\n"),
        Case(response: Response(status: .ok, body: [71]), fields: "Connection: close now, closed\r\n"),
        Case(response: Response(status: .ok, body: [72]), fields: "Connection: x\r\nConnection: ,\t close \t\r\n"),
    ]

    @Test("the answer is the one that libmicrohttpd writes, byte for byte but the date", arguments: cases)
    func sameAnswer(_ example: Case) throws {
        var answers: [String] = []
        for isDetaching in [false, true] {
            let gates = Recorder<GateResponder>()
            let server = try Self.gated(gates, isDetaching: isDetaching, example.response)
            let client = try server.connect()
            client.send(Self.request(fields: example.fields))
            try #require(eventually { gates.count == 1 })
            let gate = isDetaching ? try Self.lastDetached(gates, count: 1) : gates.all[0]
            gate.open()
            let answer = try client.receiveAnswer()
            // libmicrohttpd says of a 304 that its 200 would be empty, which RFC 9110 §8.6 forbids.
            let left = answer.status == 304 ? ["Date: ", "Content-Length: "] : ["Date: "]
            let lines = answer.head.split(separator: "\r\n", omittingEmptySubsequences: false).filter { line in
                !left.contains { line.hasPrefix($0) }
            }
            #expect(answer.field("date")?.hasSuffix(" GMT") == true)
            answers.append((lines + [Substring(answer.body)]).joined(separator: "\n"))
            if answer.isClosing {
                #expect(try client.receiveAll().isEmpty)
                #expect(eventually { server.daemon.connectionCount == 0 })
            } else {
                #expect(try client.exchange(Self.request("/now")).status == 204)
            }
        }
        #expect(answers[0] == answers[1])
    }

    @Test("what a client sends while it waits is served after the answer, in whatever parts it comes")
    func pipelined() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        client.send(Self.request())
        let gate = try Self.lastDetached(gates, count: 1)
        client.send(Self.request("/now") + "GET /now HT")
        gate.open()
        #expect(try client.receiveAnswer().body == "woken")
        #expect(try client.receiveAnswer().status == 204)
        client.send("TP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.receiveAnswer().status == 204)
    }

    @Test("a request that has come behind it already keeps it with libmicrohttpd")
    func behind() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        client.send(Self.request() + Self.request("/now"))
        #expect(eventually { gates.count == 1 })
        // Not to synchronise: nothing is to happen.
        usleep(100_000)
        #expect(!gates.all[0].exchange.isDetached)
        #expect(gates.all[0].stepCount.load(ordering: .sequentiallyConsistent) == 1, "it was not woken by what was tried")
        gates.all[0].open()
        #expect(try client.receiveAnswer().body == "woken")
        #expect(try client.receiveAnswer().status == 204)
    }

    @Test("one that is answered soon is not detached, and an HTTP/1.0 or HEAD request never is")
    func left() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates, Self.configuration(settle: .milliseconds(200)))
        let client = try server.connect()
        client.send(Self.request())
        #expect(eventually { gates.count == 1 })
        usleep(50_000)
        #expect(!gates.all[0].exchange.isDetached)
        gates.all[0].open()
        #expect(try client.receiveAnswer().body == "woken")
        for (number, request) in ["GET /wait HTTP/1.0\r\n\r\n", "HEAD /wait HTTP/1.1\r\nHost: x\r\n\r\n"].enumerated() {
            let client = try server.connect()
            client.send(request)
            #expect(eventually { gates.count == number + 2 })
            usleep(600_000)
            #expect(!gates.all[number + 1].exchange.isDetached)
            gates.all[number + 1].open()
            #expect(try client.receiveAnswer(hasBody: number == 0).status == 200)
        }
    }

    @Test("a client that leaves ends its exchange, without another step", arguments: ParkingTests.Leaving.allCases)
    func clientLeaves(_ leaving: ParkingTests.Leaving) throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let gate: GateResponder
        do {
            let client = try server.connect()
            client.send(Self.request())
            gate = try Self.lastDetached(gates, count: 1)
            switch leaving {
            case .close: break
            case .halfClose: client.halfClose()
            case .reset: client.setResetOnClose()
            }
            if leaving == .halfClose { #expect(try client.receiveAll().isEmpty) }
        }
        #expect(eventually { gate.endCount.load(ordering: .sequentiallyConsistent) == 1 })
        #expect(gate.exchange.isClientGone)
        #expect(gate.stepCount.load(ordering: .sequentiallyConsistent) == 1)
        #expect(eventually { server.daemon.connectionCount == 0 })
    }

    @Test("an answer that the client takes slowly reaches it whole, and the connection is given back then")
    func slowClient() throws {
        let gates = Recorder<GateResponder>()
        let body = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let server = try Self.gated(gates, Self.configuration(), Response(status: .ok, body: body))
        let client = try RawClient(port: server.port, receiveBufferByteCount: 4_096)
        client.send(Self.request())
        try Self.lastDetached(gates, count: 1).open()
        let head = RawAnswer(head: try client.receive(until: "\r\n\r\n"))
        #expect(!head.isClosing && head.field("content-length") == "\(body.count)")
        var received: [UInt8] = []
        while received.count < body.count { received += try client.receive(max: min(1 << 20, body.count - received.count)) }
        #expect(received == body)
        #expect(try client.exchange(Self.request("/now")).status == 204)
        #expect(eventually { ParkingTests.isEachEnded(gates) })
    }

    @Test("a client that takes nothing of its answer is given up after the stall time-out")
    func stalled() throws {
        let gates = Recorder<GateResponder>()
        var configuration = Self.configuration()
        configuration.stallTimeout = .seconds(1)
        let server = try Self.gated(gates, configuration, Response(status: .ok, body: [UInt8](repeating: 0, count: 32 << 20)))
        let client = try RawClient(port: server.port, receiveBufferByteCount: 4_096)
        client.send(Self.request())
        let gate = try Self.lastDetached(gates, count: 1)
        let start = MonotonicInstant.now
        gate.open()
        #expect(eventually { gate.endCount.load(ordering: .sequentiallyConsistent) == 1 })
        #expect(MonotonicInstant.now - start >= .seconds(1))
        #expect(eventually { server.daemon.connectionCount == 0 })
        #expect(client.descriptor >= 0)
    }

    @Test("where hardly any descriptor may be open twice, all are detached all the same, one after the other")
    func fewSpares() throws {
        let gates = Recorder<GateResponder>()
        var configuration = Self.configuration()
        configuration.sparesMax = 1
        let server = try Self.gated(gates, configuration)
        let clients = try (0..<100).map { _ in try server.connect() }
        for client in clients { client.send(Self.request()) }
        #expect(eventually { gates.count == 100 && gates.all.allSatisfy { $0.exchange.isDetached } })
        for gate in gates.all { gate.open() }
        for client in clients { #expect(try client.receiveAnswer().body == "woken") }
        for client in clients { #expect(try client.exchange(Self.request("/now")).status == 204) }
        #expect(server.daemon.connectionCount == 100)
    }

    @Test("a step may close the connection, or begin a stream")
    func otherSteps() throws {
        let isOpen = ParkingTests.Box(Atomic(false))
        let exchanges = Recorder<Exchange>()
        let streams = Recorder<LineStream>()
        let server = try TestServer(Self.configuration(), isDetaching: true) { request, exchange in
            exchanges.record(exchange)
            let stream = LineStream(exchange)
            let isClosing = request.target == Array("/close".utf8)
            if !isClosing { streams.record(stream) }
            return StepResponder { exchange in
                guard isOpen.flag.load(ordering: .sequentiallyConsistent) else { return .park }
                return isClosing ? .close : stream.step(exchange)
            }
        }
        let closed = try server.connect()
        closed.send(Self.request("/close"))
        let streaming = try server.connect()
        streaming.send(Self.request("/stream"))
        #expect(eventually { exchanges.count == 2 && exchanges.all.allSatisfy { $0.isDetached } })
        isOpen.flag.store(true, ordering: .sequentiallyConsistent)
        for exchange in exchanges.all { exchange.wake() }
        #expect(try closed.receiveAll().isEmpty)
        #expect(RawAnswer(head: try streaming.receive(until: "\r\n\r\n")).isClosing)
        let stream = try #require(streams.all.first)
        stream.write("one\n")
        stream.finish()
        #expect(try streaming.receiveAll() == "0004\r\none\n\r\n0\r\n\r\n")
        #expect(eventually { StreamTests.isEnded(stream) })
        #expect(eventually { server.daemon.connectionCount == 0 })
    }

    @Test("an exchange that asks for its connection to be closed, does")
    func closing() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        client.send(Self.request())
        let gate = try Self.lastDetached(gates, count: 1)
        gate.exchange.closeConnection()
        #expect(try client.receiveAll().isEmpty)
        #expect(eventually { gate.endCount.load(ordering: .sequentiallyConsistent) == 1 })
    }

    @Test("an exchange that is over neither wakes nor ends the next one of its connection")
    func staleExchange() throws {
        let exchanges = Recorder<Exchange>()
        let gates = Recorder<GateResponder>()
        let server = try TestServer(Self.configuration(), isDetaching: true) { request, exchange in
            exchanges.record(exchange)
            if request.target == Array("/now".utf8) { return StepResponder { _ in .respond(Response(status: .noContent)) } }
            let gate = GateResponder(exchange)
            gates.record(gate)
            return gate
        }
        let client = try server.connect()
        #expect(try client.exchange(Self.request("/now")).status == 204)
        client.send(Self.request())
        let gate = try Self.lastDetached(gates, count: 1)
        exchanges.all[0].wake()
        exchanges.all[0].closeConnection()
        // Not to synchronise: nothing is to happen.
        usleep(50_000)
        #expect(gate.stepCount.load(ordering: .sequentiallyConsistent) == 1)
        gate.open()
        #expect(try client.receiveAnswer().body == "woken")
        #expect(eventually { gate.endCount.load(ordering: .sequentiallyConsistent) == 1 })
        gate.exchange.closeConnection()
        #expect(try client.exchange(Self.request("/now")).status == 204)
    }
}
