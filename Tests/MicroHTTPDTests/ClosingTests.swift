import Glibc
import HTTPTypes
import MicroHTTPD
import Testing
import Threads

/// Each test has a connection that stays idle in the only worker: libmicrohttpd must get past it.
@Suite("Closing beside a quiet connection", .serialized)
struct ClosingTests {
    private static func configuration() -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        configuration.workers = 1
        configuration.bodyByteCountMax = 10_000
        return configuration
    }

    /// A server with one worker: `/gate…` parks, `/stream…` streams, `/close` closes, `/quiet` is answered with
    /// nothing, anything else with `answer`.
    private final class Fixture {
        let gates = Recorder<GateResponder>()
        let streams = Recorder<LineStream>()
        let server: TestServer
        let quiet: RawClient

        init(answer: Response = Response(status: .ok)) throws {
            server = try TestServer(ClosingTests.configuration()) { [gates, streams] request, exchange in
                let target = String(decoding: request.target, as: UTF8.self)
                if target.hasPrefix("/gate") {
                    let gate = GateResponder(exchange)
                    gates.record(gate)
                    return gate
                }
                if target.hasPrefix("/stream") {
                    let stream = LineStream(exchange)
                    streams.record(stream)
                    return stream
                }
                return StepResponder { _ in
                    switch target {
                    case "/close": .close
                    case "/quiet": .respond(Response(status: .noContent))
                    default: .respond(answer)
                    }
                }
            }
            quiet = try server.connect()
            quiet.send("GET /quiet HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try quiet.receive(until: "\r\n\r\n")
        }

        func clients(_ count: Int, sending request: String) throws -> [RawClient] {
            let clients = try (0..<count).map { _ in try server.connect() }
            for client in clients { client.send(request) }
            return clients
        }

        /// Whether the quiet connection is the only one that is left, with its socket.
        func isQuietAlone() -> Bool {
            eventually(within: .seconds(5)) { server.daemon.connectionCount == 1 }
                && eventually { socketCount(boundTo: server.port) == server.idleSocketCount + 1 }
        }

        func stopsQuickly() -> Bool {
            elapsed { server.daemon.stop() } < .seconds(2) && server.daemon.connectionCount == 0
        }
    }

    @Test("streams whose clients leave are closed, and stopping does not wait for them", arguments: ["1.1", "1.0"])
    func streamsLeft(_ version: String) throws {
        let fixture = try Fixture()
        do {
            let clients = try fixture.clients(50, sending: "GET /stream HTTP/\(version)\r\nHost: x\r\n\r\n")
            for client in clients { _ = try client.receive(until: "\r\n\r\n") }
            #expect(eventually { fixture.streams.count == 50 })
        }
        #expect(fixture.isQuietAlone())
        #expect(fixture.streams.all.allSatisfy(StreamTests.isEnded))
        #expect(fixture.stopsQuickly())
    }

    @Test("streams that abort are closed", arguments: ["1.1", "1.0"])
    func streamsAborted(_ version: String) throws {
        let fixture = try Fixture()
        let clients = try fixture.clients(50, sending: "GET /stream HTTP/\(version)\r\nHost: x\r\n\r\n")
        #expect(eventually { fixture.streams.count == 50 })
        for stream in fixture.streams.all { stream.abort() }
        for client in clients { #expect(try client.receiveAll().hasSuffix("\r\n\r\n")) }
        #expect(fixture.isQuietAlone())
        #expect(fixture.stopsQuickly())
    }

    @Test("streams and polls that are open are ended by stopping")
    func stopOpen() throws {
        let fixture = try Fixture()
        let streams = try fixture.clients(50, sending: "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        let polls = try fixture.clients(50, sending: "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(eventually { fixture.streams.count == streams.count && fixture.gates.count == polls.count })
        #expect(fixture.stopsQuickly())
    }

    @Test("polls whose clients leave are closed: the handler says no after a resume")
    func pollsLeft() throws {
        let fixture = try Fixture()
        do {
            let clients = try fixture.clients(50, sending: "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(eventually { fixture.gates.count == clients.count })
        }
        #expect(fixture.isQuietAlone())
        #expect(ParkingTests.isEachEnded(fixture.gates))
    }

    @Test("a responder that closes does close")
    func responderCloses() throws {
        let fixture = try Fixture()
        let clients = try fixture.clients(50, sending: "GET /close HTTP/1.1\r\nHost: x\r\n\r\n")
        for client in clients { #expect(try client.receiveAll() == "") }
        #expect(fixture.isQuietAlone())
    }

    enum Refused: CaseIterable {
        case noHost, noTarget, version, field, longTarget, longField, body, chunk

        var request: String {
            let long = String(repeating: "a", count: 40_000)
            return switch self {
            case .noHost: "GET / HTTP/1.1\r\n\r\n"
            case .noTarget: "GET\r\n\r\n"
            case .version: "GET / HTTP/3.0\r\nHost: x\r\n\r\n"
            case .field: "GET / HTTP/1.1\r\nHost x\r\n\r\n"
            case .longTarget: "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n"
            case .longField: "GET / HTTP/1.1\r\nHost: x\r\nA: \(long)\r\n\r\n"
            case .body: "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10001\r\n\r\n"
            case .chunk: "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"
            }
        }
    }

    @Test("what is refused is closed, too", arguments: Refused.allCases)
    func refused(_ refused: Refused) throws {
        let fixture = try Fixture()
        do {
            let clients = try fixture.clients(10, sending: refused.request)
            for client in clients {
                client.halfClose()
                // What is answered is another suite's business; a reset is an end, too.
                var bytes = [UInt8](repeating: 0, count: 4096)
                #expect(eventually { recv(client.descriptor, &bytes, bytes.count, 0) <= 0 })
            }
        }
        #expect(fixture.isQuietAlone())
    }

    @Test("a fixed answer that cannot be written is closed", arguments: [false, true])
    func writeError(_ isReset: Bool) throws {
        let fixture = try Fixture(answer: Response(status: .ok, body: [UInt8](repeating: 0x61, count: 16 * 1024 * 1024)))
        do {
            let clients = try (0..<20).map { _ in
                try RawClient(port: fixture.server.port, receiveBufferByteCount: 4096)
            }
            for client in clients {
                client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try client.receive(until: "\r\n\r\n")
                if isReset { client.setResetOnClose() }
            }
        }
        #expect(eventually { fixture.server.daemon.connectionCount == 1 })
    }

    @Test("clients that stop reading and then leave are closed, beside a thousand parked requests")
    func stoppedReading() throws {
        let fixture = try Fixture()
        let parked = try fixture.clients(1_000, sending: "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(eventually { fixture.gates.count == parked.count })
        do {
            let clients = try (0..<10).map { _ in
                try RawClient(port: fixture.server.port, receiveBufferByteCount: 4096)
            }
            for client in clients { client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") }
            #expect(eventually { fixture.streams.count == clients.count })
            let flood = String(repeating: "x", count: 8 * 1024 * 1024)
            for stream in fixture.streams.all { stream.write(flood) }
            for client in clients { _ = try client.receive(until: "\r\n\r\n") }
        }
        #expect(eventually { fixture.streams.all.allSatisfy(StreamTests.isEnded) })
        #expect(eventually { fixture.server.daemon.connectionCount == 1 + parked.count })
        #expect(fixture.stopsQuickly())
        #expect(ParkingTests.isEachEnded(fixture.gates))
    }

    @Test("clients that leave while they are written to are no line of the log each")
    func leavingIsNoNews() throws {
        let fixture = try Fixture()
        do {
            let clients = try fixture.clients(50, sending: "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            for client in clients { _ = try client.receive(until: "\r\n\r\n") }
            #expect(eventually { fixture.streams.count == 50 })
            let flood = String(repeating: "x", count: 8 * 1024 * 1024)
            for stream in fixture.streams.all { stream.write(flood) }
            for client in clients { _ = try client.receive() }
            // What they have not read makes a reset of their closing.
        }
        #expect(fixture.isQuietAlone())
        #expect(fixture.server.log.all == [])
    }

    @Test("a connection whose stream has ended serves on, but for one that libmicrohttpd has let go of: that one closes")
    func streamThenMore() throws {
        let fixture = try Fixture()
        var client = try fixture.server.connect()
        for number in 1...20 {
            client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            let head = RawAnswer(head: try client.receive(until: "\r\n\r\n"))
            #expect(head.isClosing == TestServer.detachesHeld)
            fixture.streams.all[number - 1].finish()
            #expect(try client.receive(until: "0\r\n\r\n") == "0\r\n\r\n")
            if TestServer.detachesHeld {
                #expect(try client.receiveAll().isEmpty)
                client = try fixture.server.connect()
            }
            #expect(try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
        }
    }
}
