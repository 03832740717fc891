import Glibc
import MicroHTTPD
import Synchronization
import Testing
import Threads

@Suite("Parking", .serialized)
struct ParkingTests {
    static let request = "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"

    /// A server whose requests all park until their gate is opened.
    static func gated(_ gates: Recorder<GateResponder>, workers: Int = 8) throws -> TestServer {
        var configuration = DaemonConfiguration()
        configuration.workers = workers
        return try TestServer(configuration) { _, exchange in
            let gate = GateResponder(exchange)
            gates.record(gate)
            return gate
        }
    }

    static func isEachEnded(_ gates: Recorder<GateResponder>) -> Bool {
        gates.all.allSatisfy { $0.endCount.load(ordering: .sequentiallyConsistent) == 1 }
    }

    @Test("a parked request is answered when it is woken, and the connection serves the next one")
    func wake() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        for number in 1...5 {
            client.send(Self.request)
            #expect(eventually { gates.count == number })
            gates.all[number - 1].open()
            #expect(try client.receiveAnswer().body == "woken")
        }
        #expect(eventually { Self.isEachEnded(gates) })
    }

    @Test("a wake-up before the request has parked is not lost", arguments: [1, 8])
    func wakeBeforePark(_ workers: Int) throws {
        var configuration = DaemonConfiguration()
        configuration.workers = workers
        let server = try TestServer(configuration) { _, _ in
            let isSecond = Atomic(false)
            return StepResponder { [box = Box(isSecond)] exchange in
                if box.flag.exchange(true, ordering: .sequentiallyConsistent) { return .respond(Response(status: .noContent)) }
                exchange.wake()
                return .park
            }
        }
        let client = try server.connect()
        for _ in 0..<1_000 { #expect(try client.exchange(Self.request).status == 204) }
    }

    final class Box: Sendable {
        let flag: Atomic<Bool>
        init(_ flag: consuming Atomic<Bool>) { self.flag = flag }
    }

    @Test("a wake-up that comes while the request parks is not lost, whatever the moment")
    func wakeWhileParking() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates, workers: 2)
        let client = try server.connect()
        for number in 1...2_000 {
            client.send(Self.request)
            // Spins, to meet the very moment between the step and the suspension.
            while gates.count < number {}
            gates.all[number - 1].open()
            #expect(try client.receiveAnswer().body == "woken")
        }
    }

    @Test("storms of wake-ups from many threads, for exchanges that park, end or have ended, harm nobody")
    func wakeStorm() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let isOver = Atomic(false)
        let box = Box(isOver)
        let threads = (0..<4).map { number in
            NamedThread("storm \(number)") {
                while !box.flag.load(ordering: .relaxed) {
                    for gate in gates.all.suffix(200) { gate.exchange.wake() }
                }
            }
        }
        let clients = try (0..<20).map { _ in try server.connect() }
        for round in 1...25 {
            for client in clients { client.send(Self.request) }
            #expect(eventually { gates.count == round * clients.count })
            for gate in gates.all.suffix(clients.count) { gate.open() }
            for client in clients { #expect(try client.receiveAnswer().body == "woken") }
        }
        box.flag.store(true, ordering: .relaxed)
        for thread in threads { thread.join() }
        #expect(eventually { Self.isEachEnded(gates) })
    }

    @Test("a thousand parked requests are all answered")
    func thousand() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let clients = try (0..<1_000).map { _ in try server.connect() }
        for client in clients { client.send(Self.request) }
        #expect(eventually { gates.count == 1_000 })
        for gate in gates.all { gate.open() }
        for client in clients { #expect(try client.receiveAnswer().body == "woken") }
        #expect(eventually { Self.isEachEnded(gates) })
    }

    @Test("two hundred parked requests cost no CPU, and are not looked at")
    func idle() throws {
        let gates = Recorder<GateResponder>()
        let clocks = ThreadClocks()
        var configuration = DaemonConfiguration()
        configuration.workers = 2
        let server = try TestServer(configuration) { _, exchange in
            clocks.addCurrentThread()
            let gate = GateResponder(exchange)
            gates.record(gate)
            return gate
        }
        server.timekeeper.schedule(at: .now) { _ in
            clocks.addCurrentThread()
            return nil
        }
        let clients = try (0..<200).map { _ in try server.connect() }
        for client in clients { client.send(Self.request) }
        #expect(eventually { gates.count == 200 })
        #expect((2...3).contains(clocks.threadCount), "one worker may have served all")
        // Not to synchronise, but to have time pass: idling is what is measured.
        usleep(2_000_000)
        let before = clocks.time()
        usleep(2_000_000)
        #expect(clocks.time() - before < .milliseconds(100))
        #expect(gates.all.allSatisfy { $0.stepCount.load(ordering: .sequentiallyConsistent) == 1 })
        #expect(clients.count == 200)
    }

    enum Leaving: CaseIterable { case close, halfClose, reset }

    @Test("a client that leaves while it is parked ends its exchange, without another step", arguments: Leaving.allCases)
    func clientLeaves(_ leaving: Leaving) throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        do {
            let client = try server.connect()
            client.send(Self.request)
            #expect(eventually { gates.count == 1 })
            #expect(!gates.all[0].exchange.isClientGone)
            switch leaving {
            case .close: break
            case .halfClose:
                client.halfClose()
                #expect(try client.receiveAll() == "")
            case .reset: client.setResetOnClose()
            }
        }
        #expect(eventually { Self.isEachEnded(gates) })
        #expect(gates.all[0].exchange.isClientGone)
        #expect(gates.all[0].stepCount.load(ordering: .sequentiallyConsistent) == 1)
        #expect(eventually { server.daemon.connectionCount == 0 })
    }

    @Test("a client that had pipelined another request before it left is gone all the same")
    func leavesWithPipelined() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        client.send(Self.request + Self.request)
        #expect(eventually { gates.count == 1 })
        client.halfClose()
        #expect(try client.receiveAll() == "")
        #expect(eventually { Self.isEachEnded(gates) })
        #expect(gates.count == 1)
    }

    @Test("ten thousand clients that leave in the moment of being woken end exactly once each, and leave no descriptor behind")
    func leavingRace() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        for round in 1...200 {
            var clients = try (0..<50).map { _ in try server.connect() }
            for client in clients { client.send(Self.request) }
            #expect(eventually { gates.count == round * 50 })
            let own = Array(gates.all.suffix(50))
            let waker = NamedThread("waker") {
                for gate in own { gate.open() }
            }
            for (index, client) in clients.enumerated() where index % 2 == 0 { client.setResetOnClose() }
            clients.removeAll()
            waker.join()
        }
        #expect(eventually { server.daemon.connectionCount == 0 })
        #expect(Self.isEachEnded(gates))
        #expect(gates.count == 10_000)
        #expect(eventually(within: .seconds(15)) { socketCount(boundTo: server.port) == server.idleSocketCount })
    }

    @Test("an exchange can be closed from outside, parked or not, again and again")
    func closeConnection() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        client.send(Self.request)
        #expect(eventually { gates.count == 1 })
        for _ in 0..<3 { gates.all[0].exchange.closeConnection() }
        #expect(try client.receiveAll() == "")
        #expect(eventually { Self.isEachEnded(gates) })
        gates.all[0].exchange.closeConnection()
        gates.all[0].exchange.wake()
    }

    @Test("an exchange that is over cannot close or wake the next one on its connection")
    func staleExchange() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        client.send(Self.request)
        #expect(eventually { gates.count == 1 })
        gates.all[0].open()
        _ = try client.receiveAnswer()
        client.send(Self.request)
        #expect(eventually { gates.count == 2 })
        gates.all[0].exchange.wake()
        gates.all[0].exchange.closeConnection()
        gates.all[1].open()
        #expect(try client.receiveAnswer().body == "woken")
        #expect(gates.all[1].stepCount.load(ordering: .sequentiallyConsistent) <= 2)
    }
}
