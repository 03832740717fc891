import TestSupport
import Testing

@Suite("Clients of server-sent events from PyPI")
struct PythonClientTests {
    /// Payloads that all of these clients hand on as they should.
    static let payloads = [
        "plain", "two\nlines", "two\r\nlines", "a\rb", "", ": colon", "data: x\nid: 7\nevent: gap", "😀 é \u{2028} \u{85}x",
        String(repeating: "x", count: 7_999), "a\n\nb", #"{"a":1}"#, "last",
    ]

    private static func follow(_ library: String, _ url: String) throws -> ChildProcess {
        try ChildProcess(TestPython.path(), [Programs.path(of: "follow.py"), library, url])
    }

    @Test("each reads what was posted", arguments: ["httpx-sse", "requests-sse", "sseclient-py"])
    func reads(library: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let client = try Self.follow(library, "\(server.url)/wait?channel=\(library)&mode=sse")
            try server.waitUntilHeld(1, on: library)
            for payload in Self.payloads { try server.post(payload, to: library) }
            // httpx-sse tells of an empty message as of one without data, which the program passes over.
            let expected = Self.payloads.filter { !$0.isEmpty || library != "httpx-sse" }
            let events = try events(of: client, count: expected.count)
            #expect(events.map(\.type) == expected.map { _ in "message" })
            for (event, payload) in zip(events, expected) {
                #expect(Array(event.data.utf8) == Array(payload.utf8).asEventData)
            }
            #expect(Set(events.map(\.id)).count == expected.count)
        }
    }

    @Test("those that reconnect lose nothing and get nothing twice", arguments: ["httpx-sse", "requests-sse"])
    func reconnects(library: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let channel = "cut_\(library)"
            let proxy = try SiteProxy(to: server.port)
            let client = try Self.follow(library, "\(proxy.url)/wait?channel=\(channel)&mode=sse")
            try server.waitUntilHeld(1, on: channel)
            for number in 0..<20 { try server.post("\(number)\nx", to: channel) }
            _ = try events(of: client, count: 20)
            // In the middle of a frame, and while nothing listens for it the posts go on.
            proxy.cut(afterByteCount: 100)
            for number in 20..<40 { try server.post("\(number)\nx", to: channel) }
            let events = try events(of: client, count: 40)
            #expect(events.map(\.data) == (0..<40).map { "\($0)\nx" })
            #expect(proxy.relayedCount == 2)
        }
    }

    @Test("a gap is an event of its own type", arguments: ["httpx-sse", "requests-sse", "sseclient-py"])
    func gap(library: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let client = try Self.follow(library, "\(server.url)/wait?channel=gap_\(library)&mode=sse&since=0abc.1")
            // A gap covers what came before it was told, so this comes after it.
            _ = try events(of: client, count: 1)
            try server.post("next", to: "gap_\(library)")
            let events = try events(of: client, count: 2)
            #expect(events.map(\.type) == ["gap", "message"])
            #expect(try StreamObject(events[0].data.utf8).reason == "restarted")
        }
    }

    private func events(of client: ChildProcess, count: Int) throws -> [ReportedEvent] {
        try blockUntil("\(count) events were printed", within: .seconds(30)) {
            if client.pollExit() != nil, client.output.lines.count < count {
                throw TestSupportError("the client has ended: \(client.errors.text)")
            }
            return client.output.lines.count >= count
        }
        return try client.output.lines.map { try ReportedEvent($0.utf8) }
    }
}
