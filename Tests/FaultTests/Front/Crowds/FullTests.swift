import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("A server that is full")
    struct FullTests {
        /// How long it takes to wake one that waits on a channel of its own: 200 times, in order of their lengths.
        private static func wakes(_ server: ServerProcess) throws -> [Duration] {
            let stream = try EventStream("channel=single", at: server)
            let times = try (0..<200).map { _ in
                let start = MonotonicInstant.now
                // A connection each: a server that is nearly full closes those between two requests.
                let post = try server.connect()
                try post.sendRequest("POST", "/post?channel=single", ["Connection: close"], body: [UInt8(ascii: "x")])
                guard try stream.next() != nil else { throw TestSupportError("the stream has ended") }
                let time = MonotonicInstant.now - start
                let answer = try post.readResponse()
                guard answer.status == 200 else { throw TestSupportError("\(answer.status)") }
                return time
            }
            try stream.connection.reset()
            return times.sorted()
        }

        @Test(
            """
            fault 39: as many held as descriptors allow: wake-ups are as fast as with few, one more is a 503, and who has a \
            place keeps it
            """)
        func fault39() async throws {
            let bounds = Bounds(clientCount: 20_000)
            try await offPool { try Scene() }.play(39, "all places held", bounds) { scene in
                let server = scene.server
                let line = try #require(server.logLines.first { $0.contains("max_held=") })
                let most = try #require(line.firstMatch(of: #/max_held=([0-9]+)/#).flatMap { Int($0.1) })
                let crowd = Crowd(port: server.port)
                let request = RawConnection.bytes(ofRequest: "/wait?channel=full")
                var lines: [String] = []
                var p99: [Duration] = []
                // The canary holds two, and one wake is measured at a time.
                for count in [0, 5_000, 10_000, most - 20] {
                    try crowd.join(count - crowd.members.count) { _ in request }
                    if count > 0 { try server.waitUntilHeld(count, on: "full") }
                    let times = try Self.wakes(server)
                    p99.append(times[198])
                    lines.append("\(count): \(times[100].milliseconds), \(times[198].milliseconds)")
                }
                // Promised is twice the time; a short one is lost in the noise of a machine that has other work.
                #expect(p99[3] < max(p99[0] * 5, .milliseconds(20)))
                let late = Crowd(port: server.port)
                try late.join(60) { _ in request }
                let areRefused = try late.read(within: .seconds(10)) { late in late.members.count { $0.status == 503 } >= 40 }
                #expect(areRefused)
                #expect(late.members.allSatisfy { [nil, 503].contains($0.status) })
                late.leave()
                #expect(crowd.openCount == crowd.members.count)
                try server.post("x", to: "full")
                let isAnswered = try crowd.read(within: .seconds(30)) { $0.members.allSatisfy { $0.status == 200 } }
                #expect(isAnswered)
                crowd.leave()
                return "median and 99 % of a wake with so many held: \(lines.joined(separator: "; "))"
            }
        }
    }
}
