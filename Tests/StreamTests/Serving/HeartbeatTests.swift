import TestSupport
import Testing

@Suite("Heartbeats")
struct HeartbeatTests {
    private static let result = Result { try Deployment(["--heartbeat", "1"]) }

    @Test("a silent event stream gets a comment every second, which fires nothing")
    func comments() async throws {
        try await offPool {
            let server = try Self.result.get().server
            let reader = try server.events("channel=silent")
            let time = try elapsed { try reader.untilComments(4) }
            #expect((.milliseconds(2_800)...(.seconds(6))).contains(time), "\(time)")
            #expect(reader.parser.comments.dropFirst() == ["", "", ""])
            try server.post("alive", to: "silent")
            #expect(try reader.next()?.text == "alive")
        }
    }

    @Test("a silent JSON stream gets an object with a cursor to go on from")
    func objects() async throws {
        try await offPool {
            let server = try Self.result.get().server
            let reader = try server.lines("format=json&channel=silent_json")
            _ = try reader.object()
            try server.post("before", to: "silent_json")
            #expect(try reader.object().payload == "before")
            let heartbeat = try reader.object()
            #expect(heartbeat.type == "heartbeat")
            try server.post("after", to: "silent_json")
            let cursor = try #require(heartbeat.cursor)
            let resumed = try server.lines("format=json&channel=silent_json&since=\(cursor)")
            #expect(try resumed.object().cursor == cursor)
            #expect(try resumed.object().payload == "after")
        }
    }

    @Test("a text stream has none: every byte would be a payload")
    func text() async throws {
        try await offPool {
            let reader = try Self.result.get().server.lines("channel=silent_text&timeout=2.5")
            #expect(try reader.rest().isEmpty)
        }
    }

    @Test("a busy stream needs none")
    func busy() async throws {
        try await offPool {
            let server = try Self.result.get().server
            let reader = try server.events("channel=busy")
            let clock = ContinuousClock()
            let start = clock.now
            // Each is read before the next one is posted, so that the stream is never silent for long.
            while clock.now - start < .seconds(2.5) {
                try server.post("x", to: "busy")
                _ = try reader.next()
            }
            #expect(reader.parser.comments.count <= 2, "the first one is the prologue's; one more for a slow machine")
        }
    }
}
