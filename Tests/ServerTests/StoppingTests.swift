import Glibc
import TestSupport
import Testing

@Suite("Stopping")
struct StoppingTests {
    @Test("500 held requests each get a 503 and the server ends with 0", arguments: [SIGTERM, SIGINT])
    func held(signal: Int32) async throws {
        try await offPool {
            let deployment = try Deployment()
            let waiters = try deployment.server.hold(500, on: "drained")
            let idle = try deployment.server.connect()
            try idle.sendRequest("GET", "/healthz")
            #expect(try idle.readResponse().status == 200)
            let (exit, time) = try timed { try deployment.server.terminate(signal) }
            #expect(exit == .code(0))
            #expect(time < .seconds(10))
            print("ended \(time) after signal \(signal) with 500 held")
            for waiter in waiters {
                let answer = try waiter.readResponse()
                #expect(answer.status == 503)
                #expect(answer["Retry-After"] != nil)
                #expect(answer["Connection"] == "close")
                #expect(answer["Cache-Control"] == "no-store, no-transform")
                #expect(try waiter.readToEnd().isEmpty)
            }
            #expect(try idle.readToEnd().isEmpty)
            #expect(try deployment.sessionNames().isEmpty, "no session is left behind")
        }
    }

    @Test("during drain_delay the server is not ready and serves; after it, nobody gets in any more")
    func delay() async throws {
        try await offPool {
            let deployment = try Deployment(["--drain-delay", "2"])
            let server = deployment.server
            let waiters = try server.hold(2, on: "delayed")
            server.signal(SIGTERM)
            var readiness: RawResponse?
            try blockUntil("the server is not ready") {
                readiness = try server.request("/readyz")
                return readiness?.status == 503
            }
            #expect(readiness?.text.contains("draining") ?? false)
            #expect(readiness?["Retry-After"] != nil)
            #expect(try server.request("/healthz").status == 200)
            try server.post("still", to: "delayed")
            for waiter in waiters { #expect(try waiter.readResponse().text == "still\n") }
            let late = try server.wait("/wait?channel=delayed")
            try blockUntil("nobody gets in") {
                do {
                    _ = try server.connect()
                    return false
                } catch {
                    return true
                }
            }
            #expect(try late.readResponse().status == 503)
            #expect(try server.waitForExit() == .code(0))
        }
    }

    @Test("a post in flight is answered before the end")
    func postInFlight() async throws {
        try await offPool {
            let deployment = try Deployment(on: PostgresCluster(), ["--post-timeout", "30", "--drain-timeout", "30"])
            let server = deployment.server
            let listener = try deployment.listener(on: "in_flight")
            let stranger = try deployment.cluster.holdNotificationLock()
            let posts = try (0..<20).map { number in
                let connection = try server.connect(patience: .seconds(30))
                try connection.sendRequest("POST", "/post?channel=in_flight", body: Array("\(number)".utf8))
                return connection
            }
            let waiter = try server.hold(1, on: "meanwhile")[0]
            try blockUntil("the posts wait for the lock") {
                try deployment.cluster.psql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"
            }
            server.signal(SIGTERM)
            try blockUntil("nobody gets in") {
                do { try server.connect().close() } catch { return true }
                return false
            }
            #expect(posts.areQuiet)
            #expect(waiter.isQuiet, "readers are ended after the posts: they may be waiting for one of them")
            try deployment.cluster.releaseNotificationLock()
            try stranger.finish()
            for post in posts { #expect(try post.readResponse().status == 200) }
            #expect(try waiter.readResponse().status == 503)
            #expect(try server.waitForExit() == .code(0))
            let heard = try (0..<20).map { _ in try String(decoding: listener.next().payload, as: UTF8.self) }
            #expect(Set(heard) == Set((0..<20).map(String.init)))
        }
    }

    @Test("a client that reads nothing, and one that sends half a request, are cut off at drain_timeout")
    func blocked() async throws {
        try await offPool {
            let deployment = try Deployment(["--drain-timeout", "1.5"])
            let deaf = try deployment.server.connect(patience: .milliseconds(500), receiveBuffer: 4_096)
            let request = RawConnection.bytes(ofRequest: "/")
            // The end of what both kernels hold shows that the server is stuck in its answers.
            #expect(throws: TestSupportError.self) {
                while true { try deaf.send([[UInt8]](repeating: request, count: 1_000).flatMap { $0 }) }
            }
            let half = try deployment.server.connect()
            try half.send("POST /post?channel=a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf")
            let waiter = try deployment.server.hold(1, on: "fine")[0]
            let (exit, time) = try timed { try deployment.server.terminate() }
            #expect(exit == .code(0))
            print("ended \(time) after the signal, with drain_timeout 1.5 s")
            #expect(time >= .seconds(1.4) && time < .seconds(5), "\(time)")
            #expect(try waiter.readResponse().status == 503)
            #expect(deployment.server.logLines.contains { $0.contains("shutting down what still blocks") })
        }
    }

    @Test("a second signal ends at once, with 128 and its number", arguments: [SIGTERM, SIGINT])
    func secondSignal(number: Int32) async throws {
        try await offPool {
            let deployment = try Deployment(["--drain-delay", "60"])
            deployment.server.signal(SIGTERM)
            try blockUntil("the first is noticed") { deployment.server.logLines.contains { $0.contains("stopping") } }
            let (exit, time) = try timed { try deployment.server.terminate(number) }
            #expect(exit == .code(128 + number))
            #expect(time < .seconds(2), "\(time)")
        }
    }

    @Test("without the database it ends as well, and as fast")
    func withoutDatabase() async throws {
        try await offPool {
            let server = try ServerProcess(["--database", "host=127.0.0.1 port=\(RawConnection.unusedPort()) user=x"])
            let waiter = try server.wait("/wait?channel=a")
            try blockUntil("it is held") { try server.facts(of: "a")?.readers == 1 }
            let (exit, time) = try timed { try server.terminate() }
            #expect(exit == .code(0))
            #expect(time < .seconds(3), "\(time)")
            #expect(try waiter.readResponse().status == 503)
        }
    }
}
