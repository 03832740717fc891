import MicroHTTPD
import Testing
import Threads

@Suite("Crowding", .serialized)
struct CrowdingTests {
    private static let request = "GET /now HTTP/1.1\r\nHost: x\r\n\r\n"

    /// A server that holds `/wait` and answers anything else at once.
    private static func server(
        _ gates: Recorder<GateResponder>, connectionsMax: Int, workers: Int = 1
    ) throws -> TestServer {
        var configuration = DaemonConfiguration()
        configuration.workers = workers
        configuration.connectionsMax = connectionsMax
        return try TestServer(configuration) { request, exchange in
            guard request.target == Array("/wait".utf8) else {
                return StepResponder { _ in .respond(Response(status: .ok)) }
            }
            let gate = GateResponder(exchange)
            gates.record(gate)
            return gate
        }
    }

    private static func idleClients(_ count: Int, _ server: TestServer) throws -> [RawClient] {
        try (0..<count).map { _ in
            let client = try server.connect()
            _ = try client.exchange(request)
            return client
        }
    }

    private static func parkedClients(_ count: Int, _ server: TestServer) throws -> [RawClient] {
        let clients = try (0..<count).map { _ in try server.connect() }
        for client in clients { client.send(ParkingTests.request) }
        return clients
    }

    @Test(
        "idle connections up to the limit do not keep new clients out",
        arguments: [(96, 1), (64, 4), (64, 8), (8, 8), (1, 1)])
    func newClients(_ connectionsMax: Int, _ workers: Int) throws {
        let server = try Self.server(Recorder(), connectionsMax: connectionsMax, workers: workers)
        let idle = try Self.idleClients(connectionsMax, server)
        for _ in 0..<2 {
            let new = try Self.idleClients(100, server)
            #expect(new.count == 100 && idle.count == connectionsMax)
        }
    }

    @Test("clients that all connect before the first asks leave room for others", arguments: [1, 4])
    func connectedFirst(_ workers: Int) throws {
        let server = try Self.server(Recorder(), connectionsMax: 64, workers: workers)
        let first = try (0..<64).map { _ in try server.connect() }
        for client in first { #expect(try client.exchange(Self.request).status == 200) }
        #expect(try Self.idleClients(64, server).count == first.count)
    }

    @Test("a burst of requests to be held takes the room of the connections that idle longest", arguments: [1, 4])
    func burst(_ workers: Int) throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.server(gates, connectionsMax: 64, workers: workers)
        let idle = try Self.idleClients(57, server)
        let parked = try Self.parkedClients(40, server)
        #expect(eventually { gates.count == parked.count })
        #expect(try idle[0].receiveAll() == "")
        #expect(try idle[56].exchange(Self.request).status == 200)
        for gate in gates.all { gate.open() }
        for client in parked { #expect(try client.receiveAnswer().body == "woken") }
    }

    @Test("from nine tenths of the limit on answers close their connections, and below they do not")
    func closing() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.server(gates, connectionsMax: 20)
        let below = try Self.parkedClients(17, server)
        let client = try server.connect()
        #expect(eventually { gates.count == below.count })
        #expect(try !client.exchange(Self.request).isClosing)
        let above = try Self.parkedClients(1, server)
        #expect(eventually { gates.count == 18 && above.count == 1 })
        let last = try server.connect()
        #expect(try last.exchange(Self.request).isClosing)
        #expect(try last.receiveAll() == "")
        // It idles, and 20 are too many.
        #expect(try client.receiveAll() == "")
    }

    @Test("crowded by held requests alone, none of them is ended, and others are served one after the other")
    func held() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.server(gates, connectionsMax: 20)
        let parked = try Self.parkedClients(19, server)
        #expect(eventually { gates.count == parked.count })
        for _ in 0..<50 { #expect(try server.connect().exchange(Self.request).isClosing) }
        for gate in gates.all { gate.open() }
        for client in parked { #expect(try client.receiveAnswer().body == "woken") }
    }

    @Test("a connection on which the next request has begun is not closed to make room")
    func begun() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.server(gates, connectionsMax: 20)
        let begun = try #require(try Self.idleClients(1, server).first)
        begun.send("GET /now HT")
        let idle = try Self.idleClients(17, server)
        let parked = try Self.parkedClients(10, server)
        #expect(eventually { gates.count == parked.count })
        #expect(try idle[0].receiveAll() == "")
        begun.send("TP/1.1\r\nHost: x\r\n\r\n")
        #expect(try begun.receiveAnswer().status == 200)
    }

    @Test("at the limit of connections the process goes on, and the next client is served when one leaves")
    func limit() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.server(gates, connectionsMax: 4)
        var parked = try Self.parkedClients(4, server)
        #expect(eventually { gates.count == 4 })
        let waiting = try server.connect()
        waiting.send(Self.request)
        parked.removeFirst()
        #expect(try waiting.receiveAnswer().status == 200)
    }
}
