import TestSupport
import Testing

extension LoadTests {
    @Suite("Idle streams")
    struct IdleStreamTests {
        @Test("200 of them cost nothing")
        func idle() async throws {
            try await offPool {
                let server = try Deployment().server
                let streams = try (0..<200).map { number in
                    let query = ["mode=sse", "mode=stream", "mode=stream&format=json"][number % 3]
                    return try server.stream("/wait?channel=idle\(number % 10)&\(query)")
                }
                try expectIdle(server, for: .seconds(5))
                try server.post("all there", to: "idle3")
                for stream in streams.enumerated().filter({ $0.offset % 10 == 3 }) {
                    var text = ""
                    while !text.contains("all there"), let chunk = try stream.element.next() {
                        text += String(decoding: chunk, as: UTF8.self)
                    }
                    #expect(text.contains("all there"))
                }
            }
        }
    }
}
