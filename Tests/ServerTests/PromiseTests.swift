import Glibc
import TestSupport
import Testing

@Suite("Promises that hold also at the edges")
struct PromiseTests {
    @Test("a post that PostgreSQL does not answer is a 504 at the end, and all who are held get their ends in time")
    func unansweredPost() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let server = try ServerProcess([
                "--database", cluster.conninfo(), "--post-timeout", "60", "--drain-timeout", "1",
            ])
            try server.waitUntilReady()
            #expect(try cluster.signalBackend(applicationName: "trunkline poster", SIGSTOP) == 1)
            let post = try server.connect()
            try post.sendRequest("GET", "/post?channel=stuck&payload=x")
            #expect(post.isQuiet)
            let held = try server.hold(20, on: "held")
            let stream = try server.wait("/wait?channel=held&mode=sse")
            _ = try stream.read(through: ": listening held\n\n")
            let (exit, time) = try timed { try server.terminate(SIGTERM) }
            for waiter in held { #expect(try waiter.readResponse().status == 503) }
            #expect(String(decoding: try stream.readToEnd(), as: UTF8.self).contains("retry: "))
            #expect(try post.readResponse().status == 504)
            _ = try cluster.signalBackend(applicationName: "trunkline poster", SIGCONT)
            #expect(exit == .code(0))
            print("ended \(time) after SIGTERM with a post that PostgreSQL did not answer")
            #expect(time < .seconds(5 * 2))
        }
    }

    @Test("timeout=0 with a cursor hands out what is kept, also while PostgreSQL is away")
    func keptInOutage() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let server = try ServerProcess(["--database", cluster.conninfo()])
            try server.waitUntilReady()
            let cursor = try #require(try server.request("/wait?channel=kept&timeout=0")["Trunkline-Cursor"])
            try server.post("first", to: "kept")
            try blockUntil("it is kept") {
                try server.request("/wait?channel=kept&timeout=0&since=\(cursor)").text == "first\n"
            }
            try cluster.stop()
            try blockUntil("the loss is noticed") { try server.request("/readyz").status == 503 }
            let answer = try server.request("/wait?channel=kept&timeout=0&since=\(cursor)")
            #expect(answer.status == 200)
            #expect(answer.text == "first\n")
        }
    }

    @Test(
        "every answer of /wait is kept by nobody on the way, also one to a request that is refused at once",
        arguments: [
            ("GET", "/wait?channel=%zz", [], 400), ("GET", "/wait", [], 400), ("DELETE", "/wait?channel=a", [], 405),
            ("GET", "/wait?channel=a", ["Sec-Fetch-Site: cross-site"], 403),
            ("GET", "/wait?channel=a", ["Origin: http://elsewhere.example"], 403),
            ("POST", "/wait?channel=a", ["Content-Length: 9"], 405),
            ("GET", "/wait?channel=\(String(repeating: "a", count: 17_000))", [], 414),
        ] as [(String, String, [String], Int)])
    func headers(method: String, target: String, fields: [String], status: Int) async throws {
        try await offPool {
            let connection = try Deployment.shared.server.connect()
            try connection.sendRequest(method, target, fields)
            let answer = try connection.readResponse(to: method)
            #expect(answer.status == status)
            #expect(answer["Cache-Control"] == "no-store, no-transform")
            #expect(answer["X-Accel-Buffering"] == "no")
            #expect(answer["X-Content-Type-Options"] == "nosniff")
        }
    }

    @Test("a poll of many large payloads is answered in parts of some 256 KiB, and the cursor leads through all of them")
    func largeAnswers() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let server = deployment.server
            var cursor = try #require(try server.request("/wait?channel=large&timeout=0")["Trunkline-Cursor"])
            let payload = String(repeating: "x", count: 7_000)
            for number in 0..<100 { try server.post("\(number) \(payload)", to: "large") }
            var seen: [Int] = []
            while seen.last != 99 {
                let answer = try server.request("/wait?channel=large&limit=1000&timeout=10&since=\(cursor)")
                try #require(answer.status == 200)
                #expect(answer.body.count < (256 << 10) + 8_000)
                seen += answer.text.split(separator: "\n").compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
                cursor = try #require(answer["Trunkline-Cursor"])
            }
            #expect(seen == Array(0..<100))
        }
    }
}
