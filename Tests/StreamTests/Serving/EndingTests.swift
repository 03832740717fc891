import Glibc
import TestSupport
import Testing

@Suite("timeout and limit of a stream")
struct EndingTests {
    static let modes = ["mode=stream", "mode=stream&format=json", "mode=sse", "mode=sse&format=json"]

    @Test(
        "timeout ends it, well-formed; then the connection closes or can be used again, as its head has said", arguments: modes)
    func timeout(mode: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let clock = ContinuousClock()
            let start = clock.now
            let body = try server.stream("/wait?channel=timed&timeout=1.25&\(mode)")
            while try body.next() != nil {}
            let time = clock.now - start
            #expect((.milliseconds(1_200)...(.seconds(5))).contains(time), "\(time)")
            if body.head["Connection"] == "close" {
                #expect(try body.connection.readToEnd().isEmpty)
                return
            }
            try body.connection.sendRequest("GET", "/healthz")
            #expect(try body.connection.readResponse().text == "ok\n")
        }
    }

    @Test("traffic does not put the end off")
    func timeoutUnderTraffic() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let reader = try server.lines("channel=busy&timeout=1")
            let clock = ContinuousClock()
            let start = clock.now
            var postCount = 0
            while clock.now - start < .milliseconds(700) {
                try server.post("\(postCount)", to: "busy")
                postCount += 1
            }
            let lines = try reader.rest()
            #expect(clock.now - start < .seconds(4))
            #expect(lines == (0..<postCount).map(String.init))
        }
    }

    @Test("timeout ends it also for a client that is slower than its channel, before that has caught up")
    func timeoutWithBacklog() async throws {
        try await offPool {
            let deployment = try Deployment(["--history-bytes", "64MiB"])
            let body = try deployment.server.stream("/wait?channel=slow&mode=sse&timeout=2", receiveBuffer: 65_536)
            let backlog = try deployment.flood("slow") * 7_900
            var byteCount = 0
            while let chunk = try body.next() {
                byteCount += chunk.count
                usleep(20_000)
            }
            print("a slow stream was ended after \(byteCount) bytes of \(backlog)")
            #expect(byteCount < backlog)
        }
    }

    @Test("limit ends it after so many notifications", arguments: modes)
    func limit(mode: String) async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let channel = "limited_\(mode.utf8.count)_\(mode.contains("json"))"
            let body = try deployment.server.stream("/wait?channel=\(channel)&limit=3&\(mode)")
            try deployment.psql("SELECT pg_notify('\(channel)', 'n' || n || '.') FROM generate_series(1, 5) n")
            var text = ""
            while let chunk = try body.next() { text += String(decoding: chunk, as: UTF8.self) }
            #expect(text.contains("n1.") && text.contains("n2.") && text.contains("n3."))
            #expect(!text.contains("n4."))
        }
    }

    @Test("a gap does not count for the limit")
    func limitAfterGap() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let reader = EventReader(
                try server.stream("/wait?channel=gap_limit&mode=sse&limit=1", ["Last-Event-ID: nonsense"]))
            #expect(try reader.next()?.type == "gap")
            try server.post("one", to: "gap_limit")
            try server.post("two", to: "gap_limit")
            let events = try reader.rest()
            #expect(events.map(\.text) == ["one"])
        }
    }

    @Test("timeout=0 reads what there is after a cursor, and ends", arguments: modes)
    func timeoutZero(mode: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let channel = "zero_\(mode.utf8.count)_\(mode.contains("json"))"
            let keeper = try server.events("channel=\(channel)")
            let start = keeper.parser.lastEventID
            try server.post("kept", to: channel)
            // Committed is not yet heard.
            _ = try keeper.next()
            let body = try server.stream("/wait?channel=\(channel)&\(mode)&timeout=0&since=\(start)")
            var text = ""
            while let chunk = try body.next() { text += String(decoding: chunk, as: UTF8.self) }
            #expect(text.contains("kept"))
            // As a poll's, it waits up to a second for the LISTEN of a channel that nobody reads.
            let fresh = try server.stream("/wait?channel=\(channel)_fresh&\(mode)&timeout=0")
            while try fresh.next() != nil {}
        }
    }
}
