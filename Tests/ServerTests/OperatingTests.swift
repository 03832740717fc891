import TestSupport
import Testing

@Suite("Operating")
struct OperatingTests {
    @Test("/healthz, /readyz and / answer in plain text, and HEAD without it")
    func pages() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            for (path, text) in [("/healthz", "ok"), ("/readyz", "ready"), ("/", "curl")] {
                let response = try server.request("GET", path)
                #expect(response.status == 200)
                #expect(response.text.contains(text))
                #expect(response["Content-Type"] == "text/plain; charset=utf-8")
                #expect(response["Cache-Control"] == "no-store")
                let head = try server.request("HEAD", path)
                #expect(head.status == 200)
                #expect(head["Content-Length"] == "\(response.body.count)")
                #expect(head.body.isEmpty)
            }
        }
    }

    @Test("the help text is made of the address it was asked at, and its lines work")
    func help() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let text = try Curl.run([deployment.server.url]).text
            #expect(text.contains("curl '\(deployment.server.url)/wait?channel=foo'"))
            let listener = try deployment.listener(on: "foo")
            let posts = text.split(separator: "\n").filter { $0.contains("/post") }
            #expect(posts.count == 3)
            for line in posts {
                let command = line.drop { $0 == " " }
                try ChildProcess.check("/bin/sh", ["-c", "\(command) --silent --fail"])
                #expect(try listener.next().payload == Array("hello".utf8))
            }
        }
    }

    @Test("/channels tells by how many a channel is read, what is kept of it and where it stands")
    func channels() async throws {
        try await offPool {
            let server = try Deployment().server
            #expect(try server.request("GET", "/channels").text == "{\"channels\":[]}\n")
            let name = "told \"of\"\n€"
            let target = "/wait?channel=\(String(percentEncoding: name.utf8))"
            let waiters = try (0..<3).map { _ in try server.wait(target) }
            try server.waitUntilHeld(3, on: name)
            let before = try #require(try server.facts(of: name))
            #expect(before.kept == 0 && before.bytes == 0)
            #expect(before.position == 0, "there was no notification yet")
            #expect(before.floor > 0)
            let posts = "/post?channel=\(String(percentEncoding: name.utf8))"
            for text in ["one", "two"] { #expect(try server.request("POST", posts, body: Array(text.utf8)).status == 200) }
            for waiter in waiters { #expect(try waiter.readResponse().text == "one\n") }
            var after: ChannelFacts?
            try blockUntil("both are kept") {
                after = try server.facts(of: name)
                return after?.kept == 2
            }
            #expect(after?.readers == 0)
            #expect(after?.listening == true)
            #expect(after?.floor == before.floor)
            #expect(after?.position == before.floor + 2)
            #expect(try #require(after).bytes >= 6)
            let response = try server.request("GET", "/channels")
            #expect(response["Content-Type"] == "application/json")
            #expect(response["Cache-Control"] == "no-store")
        }
    }

    @Test("/channels forgets a channel when its last reader has been gone for the linger")
    func linger() async throws {
        try await offPool {
            let server = try Deployment(["--linger", "1"]).server
            let waiter = try server.hold(1, on: "lingering")[0]
            try server.post("x", to: "lingering")
            #expect(try waiter.readResponse().status == 200)
            let start = ContinuousClock.now
            #expect(try server.facts(of: "lingering")?.listening == true)
            try blockUntil("the channel is given up") { try server.facts(of: "lingering") == nil }
            let time = ContinuousClock.now - start
            #expect(time > .seconds(0.5) && time < .seconds(4), "\(time)")
        }
    }
}
