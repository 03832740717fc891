import TestSupport
import Testing

@Suite("Cursors and gaps of streams")
struct ResumingTests {
    @Test("a stream goes on from its last id, in every format")
    func resumed() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let first = try server.events("channel=resumed")
            for payload in ["a", "b", "c"] { try server.post(payload, to: "resumed") }
            let seen = try first.next(3)
            for number in 0..<3 {
                let since = "channel=resumed&since=\(seen[number].lastEventID)"
                let missing = seen[(number + 1)...].map(\.text)
                let events = try server.events("\(since)&timeout=0")
                #expect(events.parser.lastEventID == seen[number].lastEventID)
                #expect(try events.rest().map(\.text) == missing)
                #expect(try server.lines("\(since)&timeout=0").rest() == missing)
                let objects = try server.lines("\(since)&timeout=0&format=json")
                #expect(try objects.object().cursor == seen[number].lastEventID)
                for payload in missing { #expect(try objects.object().payload == payload) }
            }
        }
    }

    @Test("Last-Event-ID wins over the URL the stream was first opened with")
    func lastEventID() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let first = try server.events("channel=header_wins")
            let start = first.parser.lastEventID
            for payload in ["a", "b"] { try server.post(payload, to: "header_wins") }
            let seen = try first.next(2)
            let reader = try server.events(
                "channel=header_wins&timeout=0&since=\(start)", ["Last-Event-ID: \(seen[0].lastEventID)"])
            #expect(try reader.rest().map(\.text) == ["b"])
            let empty = try server.events("channel=header_wins&timeout=0&since=\(start)", ["Last-Event-ID: "])
            #expect(try empty.rest().map(\.text) == ["a", "b"], "an empty one counts as absent")
        }
    }

    @Test(
        "an id of another run or an unreadable one is a gap, told first and without a priming id",
        arguments: ["0abc.17", "nonsense", "1", "../../etc/passwd", "\u{FF}"])
    func restarted(id: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            // A channel for each, as they run at the same time.
            let channel = "restarted_\(String(percentEncoding: id.utf8).filter { $0 != "%" })"
            let body = try server.stream("/wait?channel=\(channel)&mode=sse", ["Last-Event-ID: \(id)"])
            let reader = EventReader(body)
            let event = try reader.next(1)[0]
            #expect(event.type == "gap")
            let gap = try StreamObject(event.data)
            #expect(gap.reason == "restarted")
            #expect(gap.channels == [channel])
            #expect(gap.after == nil)
            #expect(gap.id == event.lastEventID)
            // Everything from the gap's id on is complete.
            try server.post("next", to: channel)
            #expect(try reader.next()?.text == "next")
            let resumed = try server.events("channel=\(channel)&timeout=0&since=\(event.lastEventID)")
            #expect(try resumed.rest().map(\.text) == ["next"])
        }
    }

    @Test("a text stream that begins with a gap ends at once, as it cannot tell")
    func textStream() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            #expect(try server.lines("channel=untold&since=0abc.17").rest().isEmpty)
            let objects = try server.lines("format=json&channel=untold&since=0abc.17")
            let listening = try objects.object()
            #expect(listening.type == "listening" && listening.cursor == nil)
            #expect(try objects.object().reason == "restarted")
        }
    }

    @Test("a lost connection is one gap for each stream, told when it listens again; a text stream ends")
    func reconnected() async throws {
        try await offPool {
            let deployment = try Deployment()
            let server = deployment.server
            let events = try server.events("channel=lost1&channel=lost2")
            let objects = try server.lines("format=json&channel=lost1")
            _ = try objects.object()
            let text = try server.lines("channel=lost1")
            try server.post("before", to: "lost1")
            let before = try events.next(1)[0]
            let pid =
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%listener%'"
            try deployment.psql("SELECT pg_terminate_backend(pid, 5000) FROM (\(pid)) listener")
            let gap = try events.next(1)[0]
            #expect(gap.type == "gap")
            let told = try StreamObject(gap.data)
            #expect(told.reason == "reconnected")
            #expect(told.channels == ["lost1", "lost2"], "one gap that names both")
            #expect(told.after == before.lastEventID)
            // Told means listening: what is posted from now on is there.
            try server.postEventually("after", to: "lost1")
            #expect(try StreamObject(events.next(1)[0].data).payload == "after")
            #expect(try objects.object().payload == "before")
            #expect(try objects.object().reason == "reconnected")
            #expect(try objects.object().payload == "after")
            #expect(try text.rest() == ["before"])
            let resumed = try server.events("channel=lost1&timeout=0&since=\(before.lastEventID)")
            #expect(try resumed.rest().map(\.type) == ["gap", "message"], "who comes with an older cursor is told, too")
        }
    }
}
