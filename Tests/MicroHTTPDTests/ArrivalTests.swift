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
}
