import Glibc
import MicroHTTPD
import Synchronization
import Testing
import Threads

/// A request that parks is not suspended at once: for a moment its worker asks it in each turn.
@Suite("Pausing", .serialized)
struct PausingTests {
    private static func single() -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        configuration.workers = 1
        return configuration
    }

    private static func request(_ target: String, fields: String = "", body: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\(body)"
    }

    /// Parks, and is woken by a timer after some time, again and again: its worker always has requests that pause.
    private final class Restless: Responder {
        private let timekeeper: Timekeeper
        private let roundsLeft = Atomic(20)

        init(_ timekeeper: Timekeeper) {
            self.timekeeper = timekeeper
        }

        func step(_ exchange: Exchange) -> Step {
            if roundsLeft.subtract(1, ordering: .sequentiallyConsistent).newValue < 0 {
                return .respond(Response(status: .noContent))
            }
            timekeeper.schedule(at: .now + .milliseconds(1)) { _ in
                exchange.wake()
                return nil
            }
            return .park
        }

        func ended() {}
    }

    /// Keeps a worker busy with requests that pause while `body` runs.
    private static func besideRestless(_ server: TestServer, _ body: () throws -> Void) throws {
        let isOver = ParkingTests.Box(Atomic(false))
        let count = Atomic<Int>(0)
        let clients = try (0..<4).map { _ in try server.connect() }
        let answers = Recorder<Int>()
        let threads = clients.enumerated().map { number, client in
            let descriptor = client.descriptor
            return NamedThread("restless \(number)") {
                let request = Array(Self.request("/restless").utf8)
                var buffer = [UInt8](repeating: 0, count: 4096)
                while !isOver.flag.load(ordering: .sequentiallyConsistent) {
                    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count,
                        recv(descriptor, &buffer, buffer.count, 0) > 0
                    else { return }
                    answers.record(number)
                }
            }
        }
        try body()
        count.store(answers.count, ordering: .sequentiallyConsistent)
        isOver.flag.store(true, ordering: .sequentiallyConsistent)
        for thread in threads { thread.join() }
        #expect(count.load(ordering: .sequentiallyConsistent) > 0, "there were requests that paused")
        #expect(Set(answers.all).count == clients.count)
    }

    @Test("heads, bodies and answers of all sizes go on while others pause, and nobody waits for the end of a pause in vain")
    func besideOthers() throws {
        let answer = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let server = try TestServer(Self.single()) { request, _ in
            switch String(decoding: request.target.prefix(5), as: UTF8.self) {
            case "/rest": Restless(timekeeper)
            case "/long": StepResponder { _ in .respond(Response(status: .ok, body: answer)) }
            default: StepResponder { _ in .respond(Response(status: .ok, body: Array("\(request.body.count)".utf8))) }
            }
        }
        try Self.besideRestless(server) {
            var slowest = Duration.zero
            for _ in 0..<30 {
                let time = try elapsed {
                    let client = try server.connect()
                    let field = "A: \(String(repeating: "a", count: 15_000))\r\n"
                    #expect(try client.exchange(Self.request("/a", fields: field)).body == "0")
                    let body = String(repeating: "b", count: 1 << 20)
                    client.send(Self.request("/b", fields: "Content-Length: \(1 << 20)\r\n", body: body))
                    #expect(try client.receiveAnswer().body == "\(1 << 20)")
                    client.send(Self.request("/c") + Self.request("/d"))
                    for _ in 0..<2 { #expect(try client.receiveAnswer().body == "0") }
                    client.send(Self.request("/long"))
                    #expect(try client.receiveAnswer().body.utf8.count == answer.count)
                }
                slowest = max(slowest, time)
            }
            print("six exchanges beside others that pause took at the most \(slowest)")
            #expect(slowest < .seconds(2))
        }
    }

    @Test("a request that comes in two parts is answered while others pause")
    func halves() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let server = try TestServer(Self.single()) { request, _ in
            if request.target == Array("/restless".utf8) { return Restless(timekeeper) }
            return StepResponder { _ in .respond(Response(status: .ok, body: request.target)) }
        }
        try Self.besideRestless(server) {
            let client = try server.connect()
            for number in 0..<200 {
                let text = Self.request("/\(number)")
                client.send(String(text.prefix(number % text.count)))
                client.send(String(text.dropFirst(number % text.count)))
                #expect(try client.receiveAnswer().body == "/\(number)")
            }
        }
    }

    @Test("each of many more than may pause at a time is answered when it is woken")
    func manyAtOnce() throws {
        let gates = Recorder<GateResponder>()
        let server = try ParkingTests.gated(gates, workers: 1)
        let clients = try (0..<300).map { _ in try server.connect() }
        for round in 1...10 {
            for client in clients { client.send(ParkingTests.request) }
            #expect(eventually { gates.count == round * clients.count })
            for gate in gates.all.suffix(clients.count) { gate.open() }
            for client in clients { #expect(try client.receiveAnswer().body == "woken") }
        }
        #expect(eventually { ParkingTests.isEachEnded(gates) })
    }

    @Test("a request that is woken when its pause ends is answered, whatever the moment")
    func wakeAtTheEnd() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let server = try TestServer(Self.single()) { _, exchange in
            let gate = GateResponder(exchange)
            // Round about the end of the pause, which is 2 to 4 ms after it began.
            let delay = Duration.microseconds(Int.random(in: 1_500...4_500))
            timekeeper.schedule(at: .now + delay) { _ in
                gate.open()
                return nil
            }
            return gate
        }
        let clients = try (0..<8).map { _ in try server.connect() }
        for _ in 0..<200 {
            for client in clients { client.send(ParkingTests.request) }
            for client in clients { #expect(try client.receiveAnswer().body == "woken") }
        }
    }

    @Test("what is put off to the end of a turn comes after all requests that were there")
    func afterTurn() throws {
        let events = Recorder<String>()
        let gate = try EventDescriptor()
        let server = try TestServer(Self.single()) { request, exchange in
            let target = String(decoding: request.target, as: UTF8.self)
            let isBegun = ParkingTests.Box(Atomic(false))
            return StepResponder { _ in
                if target == "/block" {
                    events.record(target)
                    _ = Poll.wait(on: nil, wakeUp: gate, until: nil)
                } else if target == "/first", !isBegun.flag.exchange(true, ordering: .sequentiallyConsistent) {
                    events.record(target)
                    exchange.afterTurn {
                        events.record("after")
                        exchange.wake()
                    }
                    return .park
                } else {
                    events.record(target)
                }
                return .respond(Response(status: .noContent))
            }
        }
        let clients = try ["/block", "/first", "/second"].map { target in
            let client = try server.connect()
            // The worker is to know them all before it is kept busy.
            _ = try client.exchange(Self.request("/hello"))
            return (client, target)
        }
        for (client, target) in clients {
            client.send(Self.request(target))
            if target == "/block" { #expect(eventually { events.all.contains(target) }) }
        }
        gate.signal()
        for (client, _) in clients { #expect(try client.receiveAnswer(hasBody: false).status == 204) }
        #expect(events.all.filter { $0 != "/hello" } == ["/block", "/first", "/second", "after", "/first"])
    }

    @Test("what is put off to the end of a turn waits for new clients, who are taken ten in a turn")
    func newClients() throws {
        let events = Recorder<String>()
        let gate = try EventDescriptor()
        // As streams are given away: there a new client is read from in the turn in which it is taken.
        let server = try TestServer(Self.single(), isDetaching: true) { request, exchange in
            let target = String(decoding: request.target, as: UTF8.self)
            let isBegun = ParkingTests.Box(Atomic(false))
            return StepResponder { _ in
                if target == "/block" { _ = Poll.wait(on: nil, wakeUp: gate, until: nil) }
                guard target == "/first", !isBegun.flag.exchange(true, ordering: .sequentiallyConsistent) else {
                    events.record(target)
                    return .respond(Response(status: .noContent))
                }
                exchange.afterTurn {
                    events.record("after")
                    exchange.wake()
                }
                return .park
            }
        }
        let blocker = try server.connect()
        let first = try server.connect()
        _ = try first.exchange(Self.request("/hello"))
        blocker.send(Self.request("/block"))
        #expect(eventually { server.served.all.contains("/block") })
        let clients = try (0..<45).map { _ in
            let client = try server.connect()
            client.send(Self.request("/new"))
            return client
        }
        first.send(Self.request("/first"))
        gate.signal()
        for client in [blocker, first] + clients { #expect(try client.receiveAnswer(hasBody: false).status == 204) }
        let before = events.all.prefix { $0 != "after" }
        #expect(before.filter { $0 == "/new" }.count == clients.count)
    }
}
