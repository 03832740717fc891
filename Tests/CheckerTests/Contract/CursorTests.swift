import TestSupport
import Testing
import Threads

@Suite("A cursor", .serialized)
struct CursorTests {
    @Test("stands on every 200, 204 and 304, as cursor and as ETag, and nobody may keep the answer")
    func everywhere() async throws {
        try await offPool {
            let wire = try Wire()
            let start = try wire.cursor()
            let nothing = try wire.request("/wait?channel=a&timeout=0.05&since=\(start)")
            let unchanged = try wire.request("/wait?channel=a&timeout=0.05", ["If-None-Match: \"\(start)\""])
            try wire.post("x")
            let something = try wire.request("/wait?channel=a&since=\(start)")
            for (response, status) in [(nothing, 204), (unchanged, 304), (something, 200)] {
                #expect(response.status == status)
                let cursor = try #require(response["Trunkline-Cursor"])
                #expect(response["ETag"] == "\"\(cursor)\"")
                #expect(response["Cache-Control"] == "no-store, no-transform")
                #expect(response["X-Accel-Buffering"] == "no")
                #expect(response["X-Content-Type-Options"] == "nosniff")
            }
            #expect(something.text == "x\n")
            #expect(something["Trunkline-Channel"] == "a")
            let end = try #require(something["Trunkline-Cursor"])
            #expect(try wire.request("/wait?channel=a&timeout=0.05&since=\(end)").status == 204)
        }
    }

    @Test("is taken from Last-Event-ID before since before If-None-Match; what is empty is not there")
    func precedence() async throws {
        try await offPool {
            let wire = try Wire()
            var cursors = [try wire.cursor()]
            for payload in ["1", "2", "3"] {
                try wire.post(payload)
                let response = try wire.request("/wait?channel=a&since=\(try #require(cursors.last))")
                cursors.append(try #require(response["Trunkline-Cursor"]))
            }
            func first(_ since: String?, _ fields: [String]) throws -> String {
                try wire.request("/wait?channel=a\(since.map { "&since=\($0)" } ?? "")", fields).text
            }
            let tag = "If-None-Match: \"\(cursors[0])\""
            #expect(try first(cursors[1], ["Last-Event-ID: \(cursors[2])", tag]) == "3\n")
            #expect(try first(cursors[1], [tag]) == "2\n")
            #expect(try first(nil, [tag]) == "1\n")
            #expect(try first(nil, ["If-None-Match: W/\"\(cursors[2])\""]) == "3\n")
            #expect(try first(cursors[2], ["Last-Event-ID:", tag]) == "3\n")
            #expect(try first("", ["Last-Event-ID:", tag]) == "1\n")
        }
    }

    @Test("of a list or a star of tags is none; with since, If-None-Match is ignored, so that nothing new is a 204")
    func ignoredTags() async throws {
        try await offPool {
            let wire = try Wire()
            let start = try wire.cursor()
            for tag in ["\"\"", "*", "\"\(start)\", \"\(start)\""] {
                #expect(try wire.request("/wait?channel=a&timeout=0.05", ["If-None-Match: \(tag)"]).status == 204, "\(tag)")
            }
            let both = try wire.request("/wait?channel=a&timeout=0.05&since=\(start)", ["If-None-Match: \"\(start)\""])
            #expect(both.status == 204)
            let now = try wire.request("/wait?channel=a&timeout=0.05&since=now", ["If-None-Match: \"\(start)\""])
            #expect(now.status == 204)
        }
    }

    @Test("that is none is a 400 in since, also where a header wins over it, and a gap restarted in a header")
    func unreadable() async throws {
        try await offPool {
            let wire = try Wire()
            let start = try wire.cursor()
            #expect(try wire.request("/wait?channel=a&since=nonsense").status == 400)
            #expect(try wire.request("/wait?channel=a&since=nonsense", ["Last-Event-ID: \(start)"]).status == 400)
            for field in ["Last-Event-ID: nonsense", "If-None-Match: \"nonsense\"", "Last-Event-ID: other.7"] {
                let response = try wire.request("/wait?channel=a", [field])
                #expect(response.status == 204, "\(field)")
                #expect(response["Trunkline-Gap"] == "restarted", "\(field)")
                #expect(response["Trunkline-Cursor"].map { position(of: $0) } == position(of: start), "\(field)")
            }
            // A place this run has not reached is none it can have given.
            let far = start.split(separator: ".")[0] + ".999999"
            #expect(try wire.poll("channel=a&since=\(far)").gap?.reason == "restarted")
        }
    }

    @Test("of HEAD, then reading, then waiting since it: no change falls in between")
    func headFirst() async throws {
        try await offPool {
            let wire = try Wire()
            let cursor = try wire.cursor("channel=a&channel=b")
            try wire.post("1", to: "b")
            try wire.post("2", to: "a")
            let poll = try wire.poll("channel=a&channel=b&limit=10&since=\(cursor)")
            #expect(poll.notifications.map(\.payload) == ["1", "2"])
            #expect(poll.gap == nil)
            #expect(poll.notifications.last?.id == poll.cursor)
        }
    }

    @Test("is not to be had by HEAD while PostgreSQL is away: 503 within its 5 s, with Retry-After")
    func headWithoutPostgres() async throws {
        try await offPool {
            let wire = try Wire(cluster: PostgresCluster())
            try wire.cluster.stop()
            let start = MonotonicInstant.now
            let response = try wire.request("/wait?channel=a", method: "HEAD")
            #expect(response.status == 503)
            #expect(response["Retry-After"] != nil)
            #expect(MonotonicInstant.now - start < .seconds(7))
            #expect(response["Trunkline-Cursor"] == nil)
        }
    }

    @Test("brought to a poll that ends before its LISTEN was confirmed is given back, and never as a 304")
    func unconfirmed() async throws {
        try await offPool {
            let wire = try Wire(cluster: PostgresCluster())
            let start = try wire.cursor()
            try wire.cluster.stop()
            try blockUntil("the loss is noticed") { try wire.server.get("/readyz").status == 503 }
            let brought = try wire.request("/wait?channel=a&timeout=0.1&since=\(start)")
            #expect(brought.status == 204)
            #expect(brought["Trunkline-Cursor"] == start)
            let tagged = try wire.request("/wait?channel=a&timeout=0.1", ["If-None-Match: \"\(start)\""])
            #expect(tagged.status == 204)
            #expect(tagged["ETag"] == "\"\(start)\"")
            try wire.cluster.start()
            #expect(try wire.poll("channel=a&since=\(start)").gap?.reason == "reconnected")
        }
    }
}
