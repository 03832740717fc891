import TestSupport
import Testing

@Suite("Waiting")
struct WaitingTests {
    @Test("300 waiters of one channel all get the payload that psql notifies")
    func manyWaiters() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let waiters = try deployment.server.hold(300, on: "many")
            try deployment.psql("NOTIFY many, 'to all of you'")
            for waiter in waiters {
                let response = try waiter.readResponse()
                #expect(response.status == 200)
                #expect(response.text == "to all of you\n")
            }
            _ = try deployment.server.waitUntilLeft("many")
        }
    }

    @Test("a trigger's notification comes after COMMIT, and never after ROLLBACK")
    func trigger() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            try deployment.psql(
                """
                CREATE TABLE orders (number int);
                CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_notify('orders', NEW.number::text); RETURN NEW; END $$;
                CREATE TRIGGER tell AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tell();
                """)
            let waiter = try deployment.server.hold(1, on: "orders")[0]
            let session = try PsqlSession(deployment.cluster, database: deployment.database)
            try session.run("BEGIN; INSERT INTO orders VALUES (1); ROLLBACK;")
            try session.run("BEGIN; INSERT INTO orders VALUES (2);")
            // Whatever had leaked from either would come before this one, which another channel's waiter has had.
            let other = try deployment.server.hold(1, on: "orders_fence")[0]
            try deployment.psql("NOTIFY orders_fence")
            #expect(try other.readResponse().status == 200)
            #expect(waiter.isQuiet)
            try session.run("COMMIT;")
            #expect(try waiter.readResponse().text == "2\n")
        }
    }

    @Test("every answer of a poll forbids everybody on the way to keep, change or hold it back")
    func fields() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let waiter = try server.hold(1, on: "fields")[0]
            try server.post("x", to: "fields")
            let answers = [
                (200, try waiter.readResponse()), (204, try server.request("/wait?channel=fields&timeout=0")),
                (400, try server.request("/wait?channel=fields&limit=0")),
                (400, try server.request("/wait?channel=")), (422, try server.request("/wait?channel=%00")),
            ]
            for (status, response) in answers {
                #expect(response.status == status)
                #expect(response["Cache-Control"] == "no-store, no-transform", "\(status)")
                #expect(response["X-Accel-Buffering"] == "no", "\(status)")
                #expect(response["X-Content-Type-Options"] == "nosniff", "\(status)")
            }
        }
    }

    @Test("an answer of one notification names its channel, percent-encoded")
    func channelField() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let waiter = try server.wait("/wait?channel=of+two&channel=%C3%BC%0D%0A%25")
            try server.waitUntilHeld(1, on: "ü\r\n%")
            #expect(try server.request("POST", "/post?channel=%C3%BC%0d%0a%25", body: Array("x".utf8)).status == 200)
            let response = try waiter.readResponse()
            #expect(response["Trunkline-Channel"] == "%C3%BC%0D%0A%25")
            #expect(response["Content-Type"] == "text/plain; charset=utf-8")
        }
    }

    @Test("one of several channels is enough, and its name tells which")
    func severalChannels() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let waiter = try server.wait("/wait?channel=several1&channel=several2&channel=several3&channel=several2")
            for channel in ["several1", "several2", "several3"] { try server.waitUntilHeld(1, on: channel) }
            try server.post("b", to: "several2")
            let response = try waiter.readResponse()
            #expect(response.text == "b\n")
            #expect(response["Trunkline-Channel"] == "several2")
            for channel in ["several1", "several3"] { _ = try server.waitUntilLeft(channel) }
        }
    }

    @Test("a limit above 1 takes what one transaction brought, a line each, in the order of the notifications")
    func limit() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let waiter = try deployment.server.hold(1, on: "limited", query: "&limit=3")[0]
            try deployment.psql(
                "BEGIN; NOTIFY limited, 'a'; NOTIFY limited, 'b'; NOTIFY limited, 'c'; NOTIFY limited, 'd'; COMMIT")
            let response = try waiter.readResponse()
            #expect(response.text == "a\nb\nc\n")
            #expect(response.count(of: "Trunkline-Channel") == 0)
        }
    }

    @Test("raw is the payload to the byte, text has a line feed at its end")
    func raw() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let raw = try deployment.server.wait("/wait?channel=raw&format=raw")
            let text = try deployment.server.wait("/wait?channel=raw&format=text")
            try deployment.server.waitUntilHeld(2, on: "raw")
            let payload = Array("\r\nline\rline\u{2028}\u{FEFF}\n\ndata: ä\t\u{7F}".utf8)
            #expect(try deployment.server.request("POST", "/post?channel=raw", body: payload).status == 200)
            let response = try raw.readResponse()
            #expect(response.body == payload)
            #expect(response["Content-Type"] == "application/octet-stream")
            #expect(try text.readResponse().body == payload + [10])
        }
    }

    @Test("an empty payload is an empty body in raw and an empty line in text")
    func emptyPayload() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let raw = try deployment.server.wait("/wait?channel=nothing&format=raw")
            let text = try deployment.server.wait("/wait?channel=nothing")
            try deployment.server.waitUntilHeld(2, on: "nothing")
            try deployment.psql("NOTIFY nothing")
            let response = try raw.readResponse()
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
            #expect(try text.readResponse().text == "\n")
        }
    }

    @Test("curl, as in the contract: the payload on standard output")
    func curl() async throws {
        let deployment = try await offPool { try Deployment.shared }
        let url = deployment.server.url
        async let outcome = offPool { try Curl.run(["\(url)/wait?channel=curl"]) }
        try await offPool {
            try deployment.server.waitUntilHeld(1, on: "curl")
            let post = try Curl.run(["-d", "bar", "\(url)/post?channel=curl", "-w", "%{http_code}"])
            #expect(post.text == "200")
        }
        #expect(try await outcome.text == "bar\n")
    }

    @Test("1,000 readers of 500 channels are one session that listens and one that posts")
    func twoSessions() async throws {
        try await offPool {
            let deployment = try Deployment()
            let waiters = try (0..<1_000).map { try deployment.server.wait("/wait?channel=sessions\($0 % 500)") }
            try blockUntil("all are held", within: .seconds(20)) {
                let channels = try deployment.server.channels()
                return channels.count == 500 && channels.allSatisfy { $0.readers == 2 && $0.listening }
            }
            try deployment.server.post("x", to: "sessions499")
            #expect(try deployment.sessionNames() == ["trunkline listener", "trunkline poster"])
            #expect(try waiters[499].readResponse().text == "x\n")
            #expect(try waiters[999].readResponse().text == "x\n")
            #expect(waiters[998].isQuiet)
        }
    }
}
