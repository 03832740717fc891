import Glibc
import MicroHTTPD
import Testing
import Threads

@Suite("When a request has arrived")
struct ArrivalTests {
    /// Answers at once, with more than the client's kernel takes, and keeps its worker for a while when it is over.
    private final class Slow: Responder {
        static let delay = Duration.milliseconds(200)
        static let bodyByteCount = 16 << 20

        let expectsNext: Bool
        private let ends: Recorder<MonotonicInstant>

        init(expectsNext: Bool, _ ends: Recorder<MonotonicInstant>) {
            self.expectsNext = expectsNext
            self.ends = ends
        }

        func step(_: Exchange) -> Step {
            .respond(Response(status: .ok, body: [UInt8](repeating: UInt8(ascii: "x"), count: Self.bodyByteCount)))
        }

        func ended() {
            ends.record(.now)
            usleep(200_000)
        }
    }

    /// Has a request sent while the answer to the one before is being read, and returns by how much later than the end of that
    /// exchange it counts as arrived.
    private func delay(expectsNext: Bool) throws -> Duration {
        let ends = Recorder<MonotonicInstant>()
        let arrivals = Recorder<MonotonicInstant>()
        var configuration = DaemonConfiguration()
        configuration.workers = 1
        let server = try TestServer(configuration) { request, exchange in
            if request.target == Array("/slow".utf8) { return Slow(expectsNext: expectsNext, ends) }
            arrivals.record(exchange.arrival)
            return StepResponder { _ in .respond(Response(status: .ok)) }
        }
        let client = try server.connect()
        client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        let head = try client.receive(until: "\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200"))
        // The answer cannot be over yet: most of it is still to be read.
        client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        var left = Slow.bodyByteCount
        while left > 0 { left -= try client.receive(max: min(left, 64 * 1024)).count }
        _ = try client.receive(until: "\r\n\r\n")
        return try #require(arrivals.all.first) - (try #require(ends.all.first))
    }

    @Test("one that waited while the answer before it was written had arrived by its end, however late it is read")
    func waited() throws {
        #expect(try delay(expectsNext: true) <= .zero)
    }

    @Test("where nobody expects another one, a request has arrived when it is read")
    func unexpected() throws {
        #expect(try delay(expectsNext: false) >= Slow.delay)
    }

    /// What happens while one worker is busy: a request to "/slow" keeps it for a while, and what comes behind it is recorded.
    private struct Busy {
        let gate: EventDescriptor
        let server: TestServer
        let slowStarts = Recorder<MonotonicInstant>()
        let arrivals = Recorder<MonotonicInstant>()
        private let blocker: RawClient

        init() throws {
            gate = try EventDescriptor()
            var configuration = DaemonConfiguration()
            configuration.workers = 1
            let starts = Recorder<MonotonicInstant>()
            server = try TestServer(configuration) { [gate, slowStarts, arrivals] request, exchange in
                StepResponder { _ in
                    switch String(decoding: request.target, as: UTF8.self) {
                    case "/block":
                        starts.record(.now)
                        _ = Poll.wait(on: nil, wakeUp: gate, until: nil)
                    case "/slow":
                        slowStarts.record(.now)
                        usleep(200_000)
                    case "/next": arrivals.record(exchange.arrival)
                    default: break
                    }
                    return .respond(Response(status: .noContent))
                }
            }
            blocker = try server.connect()
            blocker.send(Self.request("/block"))
            guard eventually({ starts.count == 1 }) else { throw RawClient.Failure(description: "nothing blocks") }
        }

        static func request(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n" }
    }

    @Test("what was there when the worker asked had arrived before whatever kept the worker from reading it")
    func busyWorker() throws {
        let busy = try Busy()
        // Their first requests are behind them once the worker goes on: the next ones come by a word of the kernel.
        let clients = try (0..<2).map { _ in try busy.server.connect() }
        for client in clients { client.send(Busy.request("/hello")) }
        busy.gate.signal()
        for client in clients { _ = try client.receiveAnswer(hasBody: false) }
        let again = try busy.server.connect()
        again.send(Busy.request("/block"))
        #expect(eventually { busy.server.served.all.filter { $0 == "/block" }.count == 2 })
        clients[0].send(Busy.request("/slow"))
        clients[1].send(Busy.request("/next"))
        busy.gate.signal()
        _ = try clients[1].receiveAnswer(hasBody: false)
        #expect(try #require(busy.arrivals.all.first) <= (try #require(busy.slowStarts.all.first)))
    }

    @Test("a new client's request has not arrived before it was sent, although its worker was told of the client before")
    func newClient() throws {
        let busy = try Busy()
        let slow = try busy.server.connect()
        slow.send(Busy.request("/hello"))
        busy.gate.signal()
        _ = try slow.receiveAnswer(hasBody: false)
        slow.send(Busy.request("/slow"))
        let client = try busy.server.connect()
        #expect(eventually { busy.slowStarts.count == 1 })
        let sent = MonotonicInstant.now
        client.send(Busy.request("/next"))
        _ = try client.receiveAnswer(hasBody: false)
        #expect(try #require(busy.arrivals.all.first) >= sent)
    }
}
