import Glibc
import Synchronization
import Testing
import Threads

@testable import MicroHTTPD

/// What libmicrohttpd was given back is a connection like any other.
extension DetachedRequestTests {
    @Test("a connection that was given back has the idle time-out, and not that of a first head")
    func deadlines() throws {
        let gates = Recorder<GateResponder>()
        var configuration = Self.configuration()
        configuration.headTimeout = .milliseconds(500)
        configuration.idleTimeout = .milliseconds(2_000)
        let server = try Self.gated(gates, configuration)
        let client = try server.connect()
        client.send(Self.request())
        try Self.lastDetached(gates, count: 1).open()
        #expect(try client.receiveAnswer().body == "woken")
        let start = MonotonicInstant.now
        usleep(1_000_000)
        #expect(try client.exchange(Self.request("/now")).status == 204)
        #expect(try client.receiveAll().isEmpty)
        let idle = MonotonicInstant.now - start
        #expect(idle >= .milliseconds(2_900) && idle < .seconds(8), "\(idle)")
    }

    @Test("a part of a head on a connection that was given back has the time-out of a head")
    func partialHead() throws {
        let gates = Recorder<GateResponder>()
        var configuration = Self.configuration()
        configuration.headTimeout = .milliseconds(500)
        let server = try Self.gated(gates, configuration)
        let client = try server.connect()
        client.send(Self.request())
        let gate = try Self.lastDetached(gates, count: 1)
        client.send("GET /now HT")
        gate.open()
        #expect(try client.receiveAnswer().body == "woken")
        let start = MonotonicInstant.now
        #expect(try client.receiveAll().isEmpty)
        #expect(MonotonicInstant.now - start < .seconds(5))
    }

    @Test("the next request on the connection has not come before the answer, nor after it was read")
    func arrival() throws {
        let gates = Recorder<GateResponder>()
        let server = try Self.gated(gates)
        let client = try server.connect()
        client.send(Self.request())
        for round in 1...50 {
            let gate = try Self.lastDetached(gates, count: round)
            client.send(Self.request())
            let before = MonotonicInstant.now
            gate.open()
            #expect(try client.receiveAnswer().body == "woken")
            #expect(eventually { gates.count == round + 1 })
            let arrival = gates.all[round].exchange.arrival
            #expect(arrival >= before && arrival <= .now)
        }
    }

    @Test("a request that comes while its connection waits for a busy worker has not come before it was sent")
    func lateReturn() throws {
        let gates = Recorder<GateResponder>()
        var configuration = Self.configuration()
        configuration.workers = 1
        let isBusy = ParkingTests.Box(Atomic(false))
        let server = try TestServer(configuration, isDetaching: true) { request, exchange in
            if request.target == Array("/block".utf8) {
                return StepResponder { _ in
                    isBusy.flag.store(true, ordering: .sequentiallyConsistent)
                    usleep(200_000)
                    return .respond(Response(status: .noContent))
                }
            }
            let gate = GateResponder(exchange)
            gates.record(gate)
            return gate
        }
        let client = try server.connect()
        let other = try server.connect()
        client.send(Self.request())
        let gate = try Self.lastDetached(gates, count: 1)
        other.send(Self.request("/block"))
        #expect(eventually { isBusy.flag.load(ordering: .sequentiallyConsistent) })
        gate.open()
        #expect(try client.receiveAnswer().body == "woken")
        usleep(20_000)
        let sent = MonotonicInstant.now
        client.send(Self.request())
        #expect(try other.receiveAnswer().status == 204)
        #expect(eventually { gates.count == 2 })
        #expect(gates.all[1].exchange.arrival >= sent)
        gates.all[1].open()
        #expect(try client.receiveAnswer().body == "woken")
    }
}
