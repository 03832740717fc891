import Glibc
import Synchronization
import Testing
import Threads

@testable import MicroHTTPD

/// How detached requests end when connections are to end.
extension DetachedRequestTests {
    @Test("near the limit of connections its answer closes the connection, as others do")
    func crowding() throws {
        let gates = Recorder<GateResponder>()
        var configuration = Self.configuration()
        configuration.connectionsMax = 10
        let server = try Self.gated(gates, configuration)
        let clients = try (0..<10).map { _ in try server.connect() }
        for client in clients { client.send(Self.request()) }
        #expect(eventually { gates.count == 10 && gates.all.allSatisfy { $0.exchange.isDetached } })
        for (number, gate) in gates.all.enumerated() {
            gate.open()
            #expect(eventually { gate.endCount.load(ordering: .sequentiallyConsistent) == 1 }, "\(number)")
            // The first one finds 10 of 10, the next ones fewer.
            if number == 0 { #expect(eventually { server.daemon.connectionCount == 9 }) }
        }
        let closing = try clients.map { try $0.receiveAnswer() }.count { $0.isClosing }
        #expect(closing == 1)
    }

    @Test("in a drain answers end their connections, and none is left")
    func drain() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let clients = try (0..<20).map { _ in try server.connect() }
        for client in clients { client.send(Self.request()) }
        #expect(eventually { gates.count == 20 && gates.all.allSatisfy { $0.exchange.isDetached } })
        server.daemon.stopAccepting()
        for gate in gates.all { gate.open() }
        for client in clients {
            let answer = try client.receiveAnswer()
            #expect(answer.isClosing && answer.body == "woken")
            #expect(try client.receiveAll().isEmpty)
        }
        #expect(server.daemon.waitUntilEmpty(until: .now + .seconds(5)))
    }

    @Test("a drain at any moment of clients that come and go between both leaves none behind, and a stop ends them all")
    func drainInChurn() throws {
        for round in 0..<20 {
            let exchanges = Recorder<Exchange>()
            let timekeeper = try Timekeeper()
            defer { timekeeper.stop() }
            let ends = Recorder<Int>()
            let server = try TestServer(Self.configuration(), isDetaching: true) { _, exchange in
                exchanges.record(exchange)
                return Soon(timekeeper, .milliseconds(exchanges.count % 12), ends)
            }
            let port = server.port
            let threads = (0..<32).map { number in
                NamedThread("churn \(number)") {
                    guard let client = try? RawClient(port: port) else { return }
                    while (try? client.exchange(Self.request()))?.status == 200 {}
                }
            }
            #expect(eventually { exchanges.count > 200 })
            usleep(UInt32(round) * 500)
            if round % 2 == 0 {
                server.daemon.stopAccepting()
                #expect(server.daemon.waitUntilEmpty(until: .now + .seconds(10)))
            }
            server.daemon.stop()
            for thread in threads { thread.join() }
            #expect(server.daemon.connectionCount == 0)
            #expect(ends.count == exchanges.count)
            #expect(server.log.all.isEmpty)
        }
    }

    /// Parks for some time, and answers.
    private final class Soon: Responder {
        private let timekeeper: Timekeeper
        private let pause: Duration
        private let ends: Recorder<Int>
        private let hasParked = Atomic(false)

        init(_ timekeeper: Timekeeper, _ pause: Duration, _ ends: Recorder<Int>) {
            self.timekeeper = timekeeper
            self.pause = pause
            self.ends = ends
        }

        func step(_ exchange: Exchange) -> Step {
            guard hasParked.exchange(true, ordering: .relaxed) else {
                timekeeper.schedule(at: .now + pause) { _ in
                    exchange.wake()
                    return nil
                }
                return .park
            }
            return .respond(Response(status: .ok, body: [88]))
        }

        func ended() { ends.record(1) }

        var waitsLong: Bool { true }
    }
}
