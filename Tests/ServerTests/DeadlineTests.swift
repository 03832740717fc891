import TestSupport
import Testing

@Suite("Slow clients")
struct DeadlineTests {
    /// Its clients have a second, or two for a body.
    private static let deployment = Result {
        try Deployment(["--head-timeout", "1", "--body-timeout", "2", "--idle-timeout", "1.5"])
    }

    /// Sends a byte again and again until the server has closed, and returns how long that took.
    private func drip(_ first: String, on server: ServerProcess) throws -> Duration {
        try timed {
            let connection = try server.connect()
            try connection.send(first)
            try blockUntil("the server ends a connection that drips", within: .seconds(10)) {
                do {
                    try connection.send("x")
                    return !connection.isQuiet
                } catch {
                    return true
                }
            }
        }.time
    }

    @Test("a head that drips is cut off at head_timeout, however many bytes still come")
    func head() async throws {
        try await offPool {
            let time = try drip("GET /healthz HTTP/1.1\r\nX-Slow: ", on: Self.deployment.get().server)
            #expect(time >= .seconds(0.9) && time < .seconds(4), "\(time)")
        }
    }

    @Test("a body that drips is cut off at body_timeout, and nothing is posted")
    func body() async throws {
        try await offPool {
            let deployment = try Self.deployment.get()
            let listener = try deployment.listener(on: "dripping")
            let time = try drip(
                "POST /post?channel=dripping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7999\r\n\r\n", on: deployment.server
            )
            #expect(time >= .seconds(1.9) && time < .seconds(5), "\(time)")
            try deployment.server.post("last", to: "dripping")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test("500 connections that send half a head are all gone soon after head_timeout, and others are served meanwhile")
    func manySlowHeads() async throws {
        try await offPool {
            let server = try Self.deployment.get().server
            let waiter = try server.hold(1, on: "between")[0]
            let slow = try (0..<500).map { _ in
                let connection = try server.connect()
                try connection.send("GET /wait?chan")
                return connection
            }
            let (answer, time) = try timed {
                try server.post("x", to: "between")
                return try waiter.readResponse()
            }
            #expect(answer.text == "x\n")
            #expect(time < .seconds(2), "\(time)")
            let (rests, end) = try timed { try slow.map { try $0.readToEnd() } }
            #expect(rests.joined().isEmpty)
            #expect(end < .seconds(5), "\(end)")
        }
    }

    @Test("a connection that says nothing is closed: at head_timeout if it is new, at idle_timeout after an answer")
    func silent() async throws {
        try await offPool {
            let server = try Self.deployment.get().server
            let unused = try timed { try server.connect().readToEnd() }
            #expect(unused.value.isEmpty)
            #expect(unused.time >= .seconds(0.9) && unused.time < .seconds(4), "\(unused.time)")
            let idle = try timed {
                let used = try server.connect()
                try used.sendRequest("GET", "/healthz")
                _ = try used.readResponse()
                return try used.readToEnd()
            }
            #expect(idle.value.isEmpty)
            #expect(idle.time >= .seconds(1.4) && idle.time < .seconds(5), "\(idle.time)")
        }
    }

    @Test("none of these deadlines ends a poll that is held")
    func held() async throws {
        try await offPool {
            let server = try Self.deployment.get().server
            let (answer, time) = try timed { try server.request("/wait?channel=longer&timeout=4") }
            #expect(answer.status == 204)
            #expect(time >= .seconds(4))
        }
    }
}
