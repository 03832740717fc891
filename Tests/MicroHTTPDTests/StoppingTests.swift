import Glibc
import MicroHTTPD
import Testing
import Threads

@Suite("Stopping", .serialized)
struct StoppingTests {
    @Test("stopping with five hundred parked requests ends each of them once, and does not abort")
    func parked() throws {
        let gates = Recorder<GateResponder>()
        let server = try ParkingTests.gated(gates)
        let clients = try (0..<500).map { _ in try server.connect() }
        for client in clients { client.send(ParkingTests.request) }
        #expect(eventually { gates.count == 500 })
        let time = elapsed { server.daemon.stop() }
        #expect(time < .seconds(5), "\(time)")
        #expect(ParkingTests.isEachEnded(gates))
        #expect(server.daemon.connectionCount == 0)
        for client in clients { #expect(try client.receiveAll() == "") }
    }

    @Test("stopping while the parked requests are being woken loses no answer that was written and does not abort")
    func wokenMeanwhile() throws {
        for _ in 0..<10 {
            let gates = Recorder<GateResponder>()
            let server = try ParkingTests.gated(gates)
            let clients = try (0..<100).map { _ in try server.connect() }
            for client in clients { client.send(ParkingTests.request) }
            #expect(eventually { gates.count == 100 })
            let waker = NamedThread("waker") { for gate in gates.all { gate.open() } }
            server.daemon.stop()
            waker.join()
            #expect(ParkingTests.isEachEnded(gates))
        }
    }

    @Test("a drain refuses new connections, closes idle ones, answers what is parked with Connection: close, and then is empty")
    func drain() throws {
        let gates = Recorder<GateResponder>()
        let server = try ParkingTests.gated(gates)
        let idle = try server.connect()
        idle.send(ParkingTests.request)
        #expect(eventually { gates.count == 1 })
        gates.all[0].open()
        _ = try idle.receiveAnswer()
        let parked = try server.connect()
        parked.send(ParkingTests.request)
        #expect(eventually { gates.count == 2 })

        server.daemon.stopAccepting()
        server.daemon.stopAccepting()
        #expect(try idle.receiveAll() == "")
        #expect(throws: RawClient.Failure.self) { _ = try server.connect() }
        #expect(!server.daemon.waitUntilEmpty(until: .now + .milliseconds(200)))
        gates.all[1].open()
        let answer = try parked.receiveAnswer()
        #expect(answer.body == "woken")
        #expect(answer.isClosing)
        #expect(server.daemon.waitUntilEmpty(until: .now + .seconds(5)))
    }

    @Test("a drain does not wait for a head that has not come, or not wholly", arguments: ["", "GET / HTTP/1.1\r\nHost: "])
    func drainHalfHead(_ sent: String) throws {
        let server = try TestServer.echo()
        let first = try server.connect()
        first.send(sent)
        let second = try server.connect()
        _ = try second.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        second.send(sent)
        #expect(eventually { server.daemon.connectionCount == 2 })
        server.daemon.stopAccepting()
        #expect(server.daemon.waitUntilEmpty(until: .now + .seconds(2)))
        #expect(try first.receiveAll() == "")
        #expect(try second.receiveAll() == "")
    }

    @Test("a drain that begins while clients connect leaves none of them behind")
    func drainWhileConnecting() throws {
        for _ in 0..<20 {
            let server = try TestServer.echo()
            let port = server.port
            let connected = Recorder<Int>()
            let gate = try EventDescriptor()
            let connecting = NamedThread("connecting") {
                var open: [RawClient] = []
                // Until one is refused.
                while open.count < 500 {
                    do { open.append(try RawClient(port: port)) } catch { break }
                    connected.record(open.count)
                }
                // All stay open until the server is empty.
                _ = withExtendedLifetime(open) { Poll.wait(on: nil, wakeUp: gate, until: .now + .seconds(10)) }
            }
            #expect(eventually { connected.count > 10 })
            server.daemon.stopAccepting()
            #expect(server.daemon.waitUntilEmpty(until: .now + .seconds(2)))
            gate.signal()
            connecting.join()
        }
    }

    @Test("a drain costs no CPU, however long it lasts")
    func idleDrain() throws {
        let clocks = ThreadClocks()
        let server = try TestServer { _, exchange in
            clocks.addCurrentThread()
            return GateResponder(exchange)
        }
        let clients = try (0..<50).map { _ in try server.connect() }
        for client in clients { client.send(ParkingTests.request) }
        #expect(eventually { server.served.count == clients.count })
        server.daemon.stopAccepting()
        let before = clocks.time()
        // Not to synchronise, but to have time pass: idling is what is measured.
        usleep(1_000_000)
        #expect(clocks.threadCount > 0 && clocks.time() - before < .milliseconds(50))
        #expect(server.daemon.connectionCount == clients.count)
        #expect(server.log.all == [])
    }

    @Test("a drain answers a stream's waiting client and closes behind it")
    func drainStream() throws {
        let streams = Recorder<LineStream>()
        let server = try StreamTests.streaming(streams)
        let client = try server.connect()
        client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.receive(until: "\r\n\r\n")
        server.daemon.stopAccepting()
        streams.all[0].write("bye\n")
        streams.all[0].finish()
        #expect(try client.receiveAll().hasSuffix("bye\n\r\n0\r\n\r\n"))
        #expect(server.daemon.waitUntilEmpty(until: .now + .seconds(5)))
    }

    @Test("stopping under load, and stopping twice, gives back every socket and the port")
    func descriptors() throws {
        for _ in 0..<3 {
            let server = try TestServer.echo()
            let clients = try (0..<20).map { _ in try server.connect() }
            for client in clients { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
            server.daemon.stop()
            server.daemon.stop()
            // The listener is left, which is the caller's, and is in nobody's way.
            #expect(socketCount(boundTo: server.port) == 1)
            #expect(try ListenSocket("127.0.0.1:\(server.port)").port == server.port)
            #expect(clients.count == 20)
        }
    }

    @Test("a responder that blocks holds up the stop for the stop time-out only, and the log says so")
    func blockingResponder() throws {
        var configuration = DaemonConfiguration()
        configuration.stopTimeout = .milliseconds(300)
        let gate = try EventDescriptor()
        let server = try TestServer(configuration) { _, _ in
            StepResponder { _ in
                _ = Poll.wait(on: nil, wakeUp: gate, until: nil)
                return .close
            }
        }
        let client = try server.connect()
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(eventually { server.served.count == 1 })
        let time = elapsed { server.daemon.stop() }
        #expect(time > .milliseconds(250) && time < .seconds(2), "\(time)")
        #expect(server.log.all.contains { $0.hasPrefix("1 connections did not end in time") })
        #expect(elapsed { server.daemon.stop() } < .milliseconds(100))
        gate.signal()
        #expect(try client.receiveAll() == "")
        #expect(eventually { server.daemon.connectionCount == 0 })
    }
}
