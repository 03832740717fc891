import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Clients that leave as they are woken")
    struct LeavingTests {
        private static let perRound = 500

        /// One crowd waits, is notified, and leaves at that moment in a random order, by a close or a reset.
        private static func round(_ channel: String, _ server: ServerProcess, _ generator: inout SplitMix64) throws {
            let crowd = Crowd(port: server.port)
            let request = RawConnection.bytes(ofRequest: "/wait?channel=\(channel)")
            try crowd.join(perRound) { _ in request }
            try blockUntil("the crowd waits", within: .seconds(60)) {
                (try server.facts(of: channel)?.readers ?? 0) >= perRound
            }
            let post = try server.connect(patience: .seconds(30))
            let order = (0..<perRound).shuffled(using: &generator)
            let beforeCount = Int.random(in: 0...perRound, using: &generator)
            for index in order.prefix(beforeCount) { crowd.leave(index, byReset: .random(using: &generator)) }
            try post.sendRequest("POST", "/post?channel=\(channel)", body: [UInt8(ascii: "!")])
            for index in order.dropFirst(beforeCount) { crowd.leave(index, byReset: .random(using: &generator)) }
            guard try post.readResponse().status == 200 else { throw TestSupportError("the post failed") }
            _ = try server.waitUntilLeft(channel, within: .seconds(5))
        }

        @Test(
            """
            fault 38: 100,000 clients that leave in the moment in which they are woken are forgotten within a second each \
            time, and leave nothing behind
            """)
        func fault38() async throws {
            let count = RunLength.of(full: 100_000, short: 20_000)
            let bounds = Bounds(clientCount: 4 * Self.perRound)
            try await offPool { try Scene() }.play(38, "\(count) clients leave as they are woken", bounds) { scene in
                let start = MonotonicInstant.now
                let threadCount = 4
                let generators = try atOnce(threadCount) { thread in
                    var generator = SplitMix64()
                    for round in 0..<count / Self.perRound / threadCount {
                        // Each its own: a post that nobody was left to hear wakes whoever comes next.
                        try Self.round("leaving_\(thread)_\(round)", scene.server, &generator)
                    }
                    return generator
                }
                return "\(count) in \((MonotonicInstant.now - start).inSeconds) s, \(generators)"
            }
        }
    }
}
