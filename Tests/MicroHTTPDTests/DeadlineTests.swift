import Glibc
import MicroHTTPD
import Testing
import Threads

@Suite("Deadlines", .serialized)
struct DeadlineTests {
    static func configuration(
        head: Duration = .seconds(30), body: Duration = .seconds(30), idle: Duration = .seconds(30)
    ) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        configuration.headTimeout = head
        configuration.bodyTimeout = body
        configuration.idleTimeout = idle
        return configuration
    }

    /// Sends a byte each 50 ms until the server closes.
    private func drip(_ client: RawClient, _ byte: UInt8 = 0x61) throws -> Duration {
        client.setReceiveTimeout(seconds: 10)
        return elapsed {
            _ = eventually {
                usleep(50_000)
                var byte = byte
                let isGone = recv(client.descriptor, &byte, 1, Int32(MSG_DONTWAIT)) == 0 || client.send([byte]) == 0
                return isGone
            }
        }
    }

    private func timeUntilClosed(_ client: RawClient) throws -> Duration {
        let start = MonotonicInstant.now
        #expect(try client.receiveAll() == "")
        return MonotonicInstant.now - start
    }

    @Test("a first head that comes byte by byte is cut at the head time-out")
    func slowHead() throws {
        let server = try TestServer.echo(Self.configuration(head: .milliseconds(600)))
        let client = try server.connect()
        client.send("GET / HTTP/1.1\r\nA: ")
        let time = try drip(client)
        #expect(time > .milliseconds(500) && time < .milliseconds(1_800), "\(time)")
        #expect(eventually { server.daemon.connectionCount == 0 })
    }

    @Test("a connection on which nothing ever comes is cut at the head time-out")
    func silence() throws {
        let server = try TestServer.echo(Self.configuration(head: .milliseconds(300)))
        let client = try server.connect()
        let time = try timeUntilClosed(client)
        #expect(time > .milliseconds(250) && time < .milliseconds(1_500), "\(time)")
    }

    @Test("a slow body is cut at the body time-out, however steadily it comes")
    func slowBody() throws {
        let server = try TestServer.echo(Self.configuration(body: .milliseconds(600)))
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        let time = try drip(client)
        #expect(time > .milliseconds(500) && time < .milliseconds(1_800), "\(time)")
        #expect(server.served.all == [])
    }

    @Test("an idle connection is closed at the idle time-out")
    func idle() throws {
        let server = try TestServer.echo(Self.configuration(idle: .milliseconds(500)))
        let client = try server.connect()
        _ = try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        let time = try timeUntilClosed(client)
        #expect(time > .milliseconds(400) && time < .milliseconds(1_600), "\(time)")
    }

    @Test("a second head is cut at the head time-out, whether its first byte comes at once or late", arguments: [0, 1_500])
    func slowSecondHead(_ milliseconds: UInt32) throws {
        let server = try TestServer.echo(Self.configuration(head: .milliseconds(700)))
        let client = try server.connect()
        _ = try client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        usleep(milliseconds * 1_000)
        client.send("GET / HTTP/1.1\r\nA: ")
        let time = try drip(client)
        #expect(time > .milliseconds(500) && time < .milliseconds(2_500), "\(time)")
    }

    @Test("a second head that is begun and then left lying is cut, too")
    func abandonedSecondHead() throws {
        let server = try TestServer.echo(Self.configuration(head: .milliseconds(700)))
        let client = try server.connect()
        _ = try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.send("GET / HT")
        let time = try timeUntilClosed(client)
        #expect(time < .milliseconds(2_500), "\(time)")
    }

    @Test("an idle connection that lives longer than the head time-out still serves, again and again")
    func patientClient() throws {
        let server = try TestServer.echo(Self.configuration(head: .milliseconds(300)))
        let client = try server.connect()
        for _ in 0..<4 {
            #expect(try client.exchange("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").body == "/a")
            usleep(800_000)
        }
    }

    @Test("a parked request has no deadline, and its connection has all of them again afterwards")
    func parked() throws {
        let gates = Recorder<GateResponder>()
        let server = try TestServer(
            Self.configuration(head: .milliseconds(300), body: .milliseconds(300), idle: .milliseconds(500))
        ) { _, exchange in
            let gate = GateResponder(exchange)
            gates.record(gate)
            return gate
        }
        let client = try server.connect()
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        #expect(eventually { gates.count == 1 })
        usleep(2_000_000)
        // The server's time begins before the client has read the answer.
        let start = MonotonicInstant.now
        gates.all[0].open()
        #expect(try client.receiveAnswer().body == "woken")
        _ = try timeUntilClosed(client)
        let time = MonotonicInstant.now - start
        #expect(time > .milliseconds(400) && time < .milliseconds(1_600), "\(time)")
    }
}
