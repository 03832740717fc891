import AsyncHTTPClient
import TestSupport
import Testing

@Suite("An ordinary HTTP client")
struct HTTPClientTests {
    /// Runs `body` with a client that opens as many connections as it needs.
    private func withClient(_ body: (HTTPClient, ServerProcess) async throws -> Void) async throws {
        let server = try await offPool { try Deployment.shared.server }
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 200
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await body(client, server)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    @Test("100 tasks wait, one posts, all are answered")
    func waiting() async throws {
        try await withClient { client, server in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let request = HTTPClientRequest(url: "\(server.url)/wait?channel=client")
                        let response = try await client.execute(request, timeout: .seconds(30))
                        return String(buffer: try await response.body.collect(upTo: 1 << 20))
                    }
                }
                try await offPool { try server.waitUntilHeld(100, on: "client") }
                var post = HTTPClientRequest(url: "\(server.url)/post?channel=client")
                post.method = .POST
                post.body = .bytes(Array("für alle".utf8))
                #expect(try await client.execute(post, timeout: .seconds(20)).status == .ok)
                for try await text in group { #expect(text == "für alle\n") }
            }
        }
    }

    @Test("a task that is cancelled ends its poll, and the server forgets it")
    func cancelling() async throws {
        try await withClient { client, server in
            let task = Task {
                let request = HTTPClientRequest(url: "\(server.url)/wait?channel=cancelled")
                return try await client.execute(request, timeout: .seconds(30)).status
            }
            try await offPool { try server.waitUntilHeld(1, on: "cancelled") }
            task.cancel()
            await #expect(throws: (any Error).self) { try await task.value }
            _ = try await offPool { try server.waitUntilLeft("cancelled", within: .seconds(5)) }
        }
    }

    @Test("a body that is streamed in pieces is one payload")
    func streaming() async throws {
        try await withClient { client, server in
            let waiter = try await offPool { try server.hold(1, on: "streamed", query: "&format=raw")[0] }
            let pieces = AsyncStream { continuation in
                for piece in UInt8(0)..<7 { continuation.yield([UInt8](repeating: 65 + piece, count: 1_000)) }
                continuation.finish()
            }
            var post = HTTPClientRequest(url: "\(server.url)/post?channel=streamed")
            post.method = .PUT
            post.body = .stream(pieces.map { .init(bytes: $0) }, length: .unknown)
            #expect(try await client.execute(post, timeout: .seconds(20)).status == .ok)
            let answer = try await offPool { try waiter.readResponse() }
            #expect(answer.body == (UInt8(0)..<7).flatMap { [UInt8](repeating: 65 + $0, count: 1_000) })
        }
    }
}
