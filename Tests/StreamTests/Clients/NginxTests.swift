import TestSupport
import Testing

@Suite("nginx with the configuration that is shipped")
struct NginxTests {
    @Test("streams pass unbuffered: each notification is seen before the next is posted")
    func unbuffered() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let nginx = try Nginx(to: server.port)
            let lines = LineReader(try StreamBody(reading: nginx.send("GET", "/wait?channel=proxied&mode=stream")))
            let events = try EventReader(
                StreamBody(reading: nginx.send("GET", "/wait?channel=proxied", ["Accept: text/event-stream"]))
            ).untilListening()
            #expect(events.body.head["Content-Type"] == "text/event-stream")
            #expect(events.body.head["Cache-Control"] == "no-store, no-transform")
            for number in 0..<20 {
                try server.post("\(number)", to: "proxied")
                #expect(try lines.next() == "\(number)")
                #expect(try events.next()?.text == "\(number)")
            }
            try server.post("last", to: "proxied")
            _ = try events.next()
            let limited = try EventReader(
                StreamBody(
                    reading: nginx.send("GET", "/wait?channel=proxied&mode=sse&limit=1&since=\(events.parser.lastEventID)")))
            try server.post("one more", to: "proxied")
            #expect(try limited.rest().map(\.text) == ["one more"], "a clean end stays one")
        }
    }

    @Test("heartbeats pass")
    func heartbeats() async throws {
        try await offPool {
            let server = try Deployment(["--heartbeat", "1"]).server
            let nginx = try Nginx(to: server.port)
            let events = try EventReader(StreamBody(reading: nginx.send("GET", "/wait?channel=beating&mode=sse")))
            let time = try elapsed { try events.untilComments(4) }
            #expect((.milliseconds(2_800)...(.seconds(6))).contains(time), "\(time)")
        }
    }

    @Test("a silent poll is held longer than nginx waits by default, and then answered")
    func longPoll() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let nginx = try Nginx(to: server.port)
            let poll = try nginx.send("GET", "/wait?channel=silent_poll", patience: .seconds(90))
            try server.waitUntilHeld(1, on: "silent_poll")
            // 60 s is the default of proxy_read_timeout.
            let clock = ContinuousClock()
            let start = clock.now
            try blockUntil("a minute is over", within: .seconds(70)) { clock.now - start > .seconds(62) }
            #expect(poll.isQuiet)
            try server.post("at last", to: "silent_poll")
            let answer = try poll.readResponse()
            #expect(answer.status == 200)
            #expect(answer.text == "at last\n")
        }
    }

    @Test("that it is held is the doing of this file: with a short proxy_read_timeout it is not")
    func shortPoll() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let nginx = try Nginx(to: server.port, changes: ["proxy_read_timeout 25h;": "proxy_read_timeout 1s;"])
            let poll = try nginx.send("GET", "/wait?channel=short_poll")
            #expect(try poll.readResponse().status == 504)
        }
    }

    @Test("connections to the server are kept")
    func keepAlive() async throws {
        try await offPool {
            let server = try Deployment().server
            let nginx = try Nginx(to: server.port)
            let client = try nginx.connect()
            try client.sendRequest("GET", "/post?channel=kept&payload=0")
            #expect(try client.readResponse().status == 200)
            let descriptors = try server.openDescriptors
            for number in 1...50 {
                try client.sendRequest("POST", "/post?channel=kept", body: Array("\(number)".utf8))
                #expect(try client.readResponse().status == 200)
                #expect(try server.openDescriptors <= descriptors)
            }
        }
    }

    @Test("the Host is passed on, so that a page of the site may read and any other may not")
    func hostAndOrigin() async throws {
        try await offPool {
            let server = try Deployment(["--allowed-hosts", "trunkline.example.org"]).server
            let nginx = try Nginx(to: server.port)
            func status(_ host: String, _ origin: String) throws -> Int {
                try nginx.send("GET", "/wait?channel=site&timeout=0", ["Host: \(host)", "Origin: \(origin)"]).readResponse()
                    .status
            }
            let host = "trunkline.example.org"
            #expect(try status(host, "https://\(host)") == 204)
            #expect(try status("127.0.0.1:\(nginx.port)", nginx.url) == 204)
            #expect(try status(host, "https://elsewhere.example") == 403)
            #expect(try status("elsewhere.example", "https://elsewhere.example") == 403)
        }
    }

    @Test("posts of every size pass, and the largest body is the server's to judge")
    func posts() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let nginx = try Nginx(to: server.port)
            let lines = try server.lines("channel=posted")
            let payload = String(repeating: "é", count: 3_999)
            #expect(try nginx.send("POST", "/post?channel=posted", body: Array(payload.utf8)).readResponse().status == 200)
            #expect(try lines.next() == payload)
            let encoded = String(percentEncoding: payload.utf8.prefix(4_000))
            #expect(try nginx.send("GET", "/post?channel=posted&payload=\(encoded)").readResponse().status == 200)
            #expect(try lines.next() == String(payload.prefix(2_000)))
            let tooLarge = try nginx.send("POST", "/post?channel=posted", body: [UInt8](repeating: 0x78, count: 100_000))
            let refusal = try tooLarge.readResponse()
            #expect(refusal.status == 413)
            #expect(refusal.text.contains("the payload is too large"), "the server's words: \(refusal.text)")
        }
    }

    @Test("what is the operator's is not passed on", arguments: ["/channels", "/metrics", "/readyz", "/", "/wait/x", "/Wait"])
    func notPassedOn(path: String) async throws {
        try await offPool {
            let nginx = try Nginx(to: Deployment.shared.server.port)
            #expect(try nginx.send("GET", path).readResponse().status == 404)
        }
    }

    @Test("a client that leaves is freed within a second, through nginx too")
    func leaves() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let nginx = try Nginx(to: server.port)
            let clients = try ["mode=poll", "mode=stream", "mode=sse"].map {
                try nginx.send("GET", "/wait?channel=proxied_left&\($0)")
            }
            try server.waitUntilHeld(3, on: "proxied_left")
            clients[0].close()
            try clients[1].reset()
            clients[2].close()
            _ = try server.waitUntilLeft("proxied_left", within: .seconds(5))
        }
    }

    @Test("HEAD, cursors and entity tags pass")
    func cursors() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let nginx = try Nginx(to: server.port)
            let head = try nginx.send("HEAD", "/wait?channel=cursors").readResponse(to: "HEAD")
            let cursor = try #require(head["Trunkline-Cursor"])
            try server.post("kept", to: "cursors")
            let answer = try nginx.send("GET", "/wait?channel=cursors&since=\(cursor)").readResponse()
            #expect(answer.text == "kept\n")
            let tag = try #require(answer["ETag"])
            let again = try nginx.send("GET", "/wait?channel=cursors&timeout=0", ["If-None-Match: \(tag)"]).readResponse()
            #expect(again.status == 304)
        }
    }
}
