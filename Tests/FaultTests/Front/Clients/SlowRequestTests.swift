import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Clients that are slow to ask")
    struct SlowRequestTests {
        private static let count = 2_000

        /// Lets so many clients send their first bytes, and then a byte every 1.5 seconds, until the server has cut all of them
        /// off.
        ///
        /// - Returns: from its first byte on, how long each of them was borne.
        private static func drip(_ first: String, at server: ServerProcess) throws -> [Duration] {
            let crowd = Crowd(port: server.port)
            var joined: [MonotonicInstant] = []
            try crowd.join(count) { _ in
                joined.append(.now)
                return Array(first.utf8)
            }
            var next = MonotonicInstant.now + .seconds(1.5)
            let areCutOff = try crowd.read(within: .seconds(90)) { crowd in
                if MonotonicInstant.now >= next {
                    for index in crowd.members.indices { crowd.send([UInt8(ascii: "x")], from: index) }
                    next = next + .seconds(1.5)
                }
                return crowd.openCount == 0
            }
            guard areCutOff else { throw TestSupportError("\(crowd.openCount) slow clients were not cut off") }
            return zip(crowd.members, joined).map { member, joined in (member.ended ?? .now) - joined }
        }

        private static func told(_ borne: [Duration]) -> String {
            let times = borne.sorted()
            return "\(times.count) clients were cut off after \(times[0].inSeconds) to \(times[times.count - 1].inSeconds) s"
        }

        @Test(
            """
            fault 34: 2,000 clients that send a head byte by byte are cut off by the head's deadline of 10 s, and others are \
            served all the while
            """)
        func fault34() async throws {
            try await offPool { try Scene() }.play(34, "2,000 slow heads", Bounds(clientCount: Self.count)) { scene in
                let borne = try Self.drip("GET /healthz HTTP/1.1\r\nX-Slow: ", at: scene.server)
                #expect(borne.allSatisfy { $0 >= .seconds(9.9) })
                // Promised are 12 s.
                #expect(borne.allSatisfy { $0 <= .seconds(20) })
                return Self.told(borne)
            }
        }

        @Test(
            """
            fault 35: 2,000 clients that send a body byte by byte are cut off by the body's deadline, nothing of it is posted, \
            and others are served all the while
            """)
        func fault35() async throws {
            let scene = try await offPool { try Scene(["--body-timeout", "10"]) }
            try await scene.play(35, "2,000 slow bodies", Bounds(clientCount: Self.count)) { scene in
                let waiter = try scene.server.hold(1, on: "slow_body", patience: .seconds(120))[0]
                let head = "POST /post?channel=slow_body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 7999\r\n\r\n"
                let borne = try Self.drip(head, at: scene.server)
                #expect(borne.allSatisfy { $0 >= .seconds(9.9) })
                #expect(borne.allSatisfy { $0 <= .seconds(20) })
                #expect(waiter.isQuiet)
                return Self.told(borne)
            }
        }
    }
}
