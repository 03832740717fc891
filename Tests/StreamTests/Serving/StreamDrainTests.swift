import Glibc
import TestSupport
import Testing

extension LoadTests {
    @Suite("Streams when the server is full or stops")
    struct StreamDrainTests {
        @Test("SIGTERM: event streams get a retry, JSON its last line, all a clean end, and the exit code is 0")
        func clean() async throws {
            try await offPool {
                let deployment = try Deployment()
                let server = deployment.server
                let events = try (0..<20).map { _ in try server.events("channel=drained") }
                let objects = try server.lines("format=json&channel=drained")
                let listening = try objects.object()
                let text = try server.lines("channel=drained")
                try server.post("last", to: "drained")
                // Committed is not arrived: from here on it is there for all.
                #expect(try text.next() == "last")
                let retries = try events.map { reader in try #require(reader.parser.retryMilliseconds) }
                var exit: ChildProcess.Exit?
                let time = try elapsed { exit = try server.terminate() }
                #expect(exit == .code(0))
                #expect(time < .seconds(4), "\(time)")
                for reader in events {
                    #expect(try reader.rest().map(\.text) == ["last"])
                    #expect(reader.isAtEnd)
                    #expect(1_000...3_000 ~= reader.parser.retryMilliseconds ?? 0)
                }
                #expect(events.map(\.parser.retryMilliseconds) != retries, "told anew")
                #expect(Set(events.map(\.parser.retryMilliseconds)).count > 10, "each its own")
                #expect(try objects.object().payload == "last")
                let end = try objects.object()
                #expect(end.type == "end" && end.reason == "draining")
                #expect(1_000...3_000 ~= end.retry ?? 0)
                #expect(try objects.nextObject() == nil)
                #expect(try text.rest().isEmpty)
                #expect(listening.type == "listening")
            }
        }

        @Test("streams that are blocked are shut down in time, and the exit code is 0")
        func blocked() async throws {
            try await offPool {
                let deployment = try Deployment(["--drain-timeout", "2"])
                let server = deployment.server
                let blocked = try (0..<10).map { number in
                    let query = number.isMultiple(of: 2) ? "mode=sse" : "mode=stream"
                    return try server.stream("/wait?channel=blocked&\(query)", receiveBuffer: 4_096)
                }
                let free = try server.events("channel=free")
                try deployment.flood("blocked")
                var exit: ChildProcess.Exit?
                let time = try elapsed { exit = try server.terminate() }
                #expect(exit == .code(0))
                print("10 blocked streams were drained after \(time) of 2 s")
                #expect(time < .seconds(10), "\(time)")
                #expect(try free.rest().isEmpty, "a clean end for who reads")
                _ = blocked
            }
        }

        @Test("an event stream that waits for its LISTEN when the drain comes is asked to come back")
        func waitingForListen() async throws {
            try await offPool {
                let deployment = try Deployment(on: PostgresCluster())
                let server = deployment.server
                try deployment.cluster.stop(.immediate)
                let events = try server.wait("/wait?channel=a&mode=sse")
                let text = try server.wait("/wait?channel=a&mode=stream")
                try server.waitUntilWaiting(2, on: "a")
                server.signal(SIGTERM)
                expectComeBack(try events.readResponse())
                let refusal = try text.readResponse()
                #expect(refusal.status == 503)
                #expect(refusal["Retry-After"] != nil)
                #expect(try server.waitForExit() == .code(0))
            }
        }

        @Test("above max_held an event stream is asked to come back, others get a 503; a free place is taken again")
        func full() async throws {
            try await offPool {
                let server = try Deployment(["--max-held", "3"]).server
                var held = try (0..<3).map { _ in try server.events("channel=full") }
                expectComeBack(try server.request("GET", "/wait?channel=full&mode=sse"))
                expectComeBack(try server.request("GET", "/wait?channel=full", ["Accept: text/event-stream"]))
                for query in ["mode=stream", "mode=stream&format=json", "mode=poll"] {
                    let refusal = try server.request("GET", "/wait?channel=full&\(query)")
                    #expect(refusal.status == 503)
                    #expect(refusal["Retry-After"] != nil)
                }
                held.removeLast().body.connection.close()
                try blockUntil("a place is free", within: .seconds(5)) { try server.facts(of: "full")?.readers == 2 }
                let next = try server.events("channel=full")
                try server.post("in", to: "full")
                #expect(try next.next()?.text == "in")
                #expect(try held[0].next()?.text == "in")
            }
        }
    }
}

extension ServerProcess {
    /// Waits until exactly so many readers wait on a channel, listened to or not.
    func waitUntilWaiting(_ count: Int, on channel: String) throws {
        try blockUntil("\(count) readers wait on \(channel)") { try facts(of: channel)?.readers == count }
    }
}
