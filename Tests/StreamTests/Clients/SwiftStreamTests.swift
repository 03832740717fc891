import AsyncHTTPClient
import TestSupport
import Testing

@Suite("AsyncHTTPClient")
struct SwiftStreamTests {
    @Test("streams a JSON line stream, and its cancellation frees the reader")
    func lines() async throws {
        let server = try await offPool { try Deployment.shared.server }
        let request = HTTPClientRequest(url: "\(server.url)/wait?channel=swift&mode=stream&format=json")
        let (lines, continuation) = AsyncStream<String>.makeStream()
        let reading = Task {
            let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            var unread: [UInt8] = []
            for try await buffer in answer.body {
                unread += Array(buffer.readableBytesView)
                while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                    continuation.yield(String(decoding: unread[..<end], as: UTF8.self))
                    unread.removeSubrange(...end)
                }
            }
        }
        defer { reading.cancel() }
        var iterator = lines.makeAsyncIterator()
        let listening = try StreamObject(try #require(await iterator.next()).utf8)
        #expect(listening.type == "listening")
        for number in 0..<100 {
            try await offPool { try server.post("\(number)", to: "swift") }
            let object = try StreamObject(try #require(await iterator.next()).utf8)
            #expect(object.payload == "\(number)")
        }
        reading.cancel()
        _ = try await offPool { try server.waitUntilLeft("swift", within: .seconds(5)) }
    }

    @Test("reads server-sent events up to their end")
    func events() async throws {
        let server = try await offPool { try Deployment.shared.server }
        var request = HTTPClientRequest(url: "\(server.url)/wait?channel=swift_events&limit=50")
        request.headers.add(name: "Accept", value: "text/event-stream")
        // The head leaves when the server listens, so nothing posted after it is missed.
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        #expect(answer.headers.first(name: "content-type") == "text/event-stream")
        try await offPool {
            for number in 0..<50 { try server.post("\(number)\nx", to: "swift_events") }
        }
        var parser = EventStreamParser()
        var events: [EventStreamParser.Event] = []
        for try await buffer in answer.body { events += parser.push(buffer.readableBytesView) }
        #expect(events.map(\.text) == (0..<50).map { "\($0)\nx" })
        #expect(parser.faults.isEmpty && parser.isAtBlockEnd)
    }
}
