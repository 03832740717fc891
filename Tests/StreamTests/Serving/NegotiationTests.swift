import TestSupport
import Testing

@Suite("Modes and formats, as asked for and as refused")
struct NegotiationTests {
    static let text = "text/plain; charset=utf-8"
    static let lines = "application/x-ndjson"
    static let events = "text/event-stream"

    @Test(
        "the query and Accept choose the stream",
        arguments: [
            ("mode=stream", nil, text), ("mode=stream&format=text", nil, text), ("mode=stream&format=json", nil, lines),
            ("mode=sse", nil, events), ("mode=sse&format=text", nil, events), ("mode=sse&format=json", nil, events),
            ("", "text/event-stream", events), ("", "application/x-ndjson", lines),
            ("", "text/event-stream, */*;q=0.1", events),
            ("", "application/x-ndjson;q=0.9, text/event-stream;q=0.8", lines), ("", "TEXT/Event-Stream", events),
            ("", "application/x-ndjson, text/event-stream", lines), ("mode=stream", "text/event-stream", text),
            ("mode=sse", "application/x-ndjson", events), ("mode=stream", "application/json", lines),
            ("mode=stream&format=text", "application/json", text), ("channel=second&mode=stream&format=json", nil, lines),
            ("channel=second&mode=sse", nil, events), ("channel=second&mode=stream&limit=1", nil, text),
        ] as [(String, String?, String)])
    func chosen(query: String, accept: String?, contentType: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let fields = accept.map { ["Accept: \($0)"] } ?? []
            let body = try server.stream("/wait?channel=negotiated&\(query)", fields)
            #expect(body.head["Content-Type"] == contentType)
        }
    }

    @Test(
        "Accept that prefers a poll gets a poll",
        arguments: ["application/json, text/event-stream;q=0.9", "text/html, text/event-stream;q=0", "*/*"])
    func poll(accept: String) async throws {
        try await offPool {
            let response = try Deployment.shared.server.request("GET", "/wait?channel=polled&timeout=0", ["Accept: \(accept)"])
            #expect(response.status == 204)
        }
    }

    @Test(
        "what does not go together is a 400 that names the parameter",
        arguments: [
            ("mode=stream&format=raw", "format"), ("mode=sse&format=raw", "format"), ("mode=stream&channel=b", "channel"),
            ("mode=stream&format=text&channel=b", "channel"), ("mode=stream&channel=b&limit=2", "channel"),
            ("mode=sse&format=text&channel=b", "format"), ("mode=push", "mode"), ("mode=", "mode"),
            ("mode=SSE", "mode"), ("mode=sse&mode=sse", "mode"), ("mode=sse&format=xml", "format"),
            ("mode=sse&limit=0", "limit"),
            ("mode=sse&limit=1001", "limit"), ("mode=stream&timeout=-1", "timeout"), ("mode=stream&timeout=86401", "timeout"),
            ("mode=sse&since=nonsense", "since"), ("mode=sse&heartbeat=1", "heartbeat"),
        ])
    func refused(query: String, parameter: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let response = try server.request("GET", "/wait?channel=a&\(query)")
            #expect(response.status == 400)
            #expect(response.text.contains("'\(parameter)'"), "\(response.text)")
            // Not even for an EventSource: nothing that would pass by itself.
            let again = try server.request("GET", "/wait?channel=a&\(query)", ["Accept: text/event-stream"])
            #expect(again.status == 400)
        }
    }

    @Test("several channels of an event stream are told apart by their objects")
    func severalChannels() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let reader = try server.events("channel=apart1&channel=error")
            try server.post("one", to: "apart1")
            try server.post("two", to: "error")
            let events = try reader.next(2)
            #expect(events.map(\.type) == ["message", "message"], "also for a channel called error")
            let objects = try events.map { try StreamObject($0.data) }
            #expect(objects.map(\.channel) == ["apart1", "error"])
            #expect(objects.map(\.payload) == ["one", "two"])
            #expect(objects.map(\.id) == events.map(\.lastEventID))
        }
    }

    @Test("HEAD never streams", arguments: ["mode=stream", "mode=sse"])
    func head(query: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let connection = try server.connect()
            try connection.sendRequest("HEAD", "/wait?channel=headed&\(query)")
            let response = try connection.readResponse(to: "HEAD")
            #expect(response.status == 200)
            #expect(response["Trunkline-Cursor"] != nil)
            // The connection is good for another request, so no body has come.
            try connection.sendRequest("GET", "/healthz")
            #expect(try connection.readResponse().status == 200)
        }
    }
}
