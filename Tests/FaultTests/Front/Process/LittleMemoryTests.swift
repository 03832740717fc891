import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("A server with little memory")
    struct LittleMemoryTests {
        private static let limit = 128 << 20

        @Test(
            """
            fault 52: in 128 MB, with limits set to match, the server sheds what it cannot hold with 503 and is never killed, \
            whatever is posted
            """)
        func fault52() async throws {
            let group = try await offPool { try ControlGroup(memoryBytes: Self.limit) }
            let flags = ["--history-bytes-total", "16MiB", "--max-held", "1000"]
            let scene = try await offPool { try Scene(flags, launcher: group.launcher) }
            // A thousand readers are written to at once. What is posted comes as fast as PostgreSQL takes it, which an unoptimised
            // server only just delivers, and the history is small: whoever is behind by it is told of a gap.
            let bounds = Bounds(gapReasons: ["expired", "overflow"], post: .seconds(20), clientCount: 2_000)
            try await scene.play(52, "128 MB of memory", bounds) { scene in
                let server = scene.server
                let crowd = Crowd(port: server.port)
                // Twice as many as there is room for, half of them streams that read nothing of what comes.
                try crowd.join(2_000) { index in
                    let mode = index.isMultiple(of: 2) ? "sse" : "poll"
                    return RawConnection.bytes(ofRequest: "/wait?channel=narrow\(index % 20)&mode=\(mode)")
                }
                let areShed = try crowd.read(within: .seconds(20)) { crowd in
                    crowd.members.indices.allSatisfy { index in
                        // A stream that is shed is told when to come back, by a 200 that ends.
                        crowd.members[index].status == 503 || crowd.members[index].ended != nil
                            || (index.isMultiple(of: 2) && crowd.members[index].status == 200)
                    } || crowd.members.count { $0.status == 503 || $0.ended != nil } >= 900
                }
                #expect(areShed)
                let shedCount = crowd.members.count { $0.status == 503 || $0.ended != nil }
                let end = MonotonicInstant.now + RunLength.of(full: .seconds(20), short: .seconds(8))
                var serial = 0
                while MonotonicInstant.now < end {
                    for channel in 0..<20 {
                        try scene.psql(
                            "SELECT pg_notify('narrow\(channel)', rpad(n || ' ', 7900, 'x')) "
                                + "FROM generate_series(\(serial), \(serial + 49)) n")
                    }
                    serial += 50
                }
                crowd.leave()
                let (kills, peak) = (try group.killCount, try group.peakBytes)
                #expect(kills == 0)
                return "\(shedCount) of 2,000 shed, \((serial * 20 * 7_900) >> 20) MiB posted, "
                    + "at most \(peak >> 20) MiB of \(Self.limit >> 20) in use, killed \(kills) times"
            }
        }
    }
}
