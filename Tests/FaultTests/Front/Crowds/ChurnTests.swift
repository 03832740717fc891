import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Memory over time")
    struct ChurnTests {
        private static let perRound = 500

        /// So many connect, each on a channel nobody has named before, and leave.
        private static func churn(_ server: ServerProcess, _ serials: Range<Int>) throws {
            for start in stride(from: serials.lowerBound, to: serials.upperBound, by: perRound) {
                let crowd = Crowd(port: server.port)
                try crowd.join(perRound) { index in
                    // Some are held until they leave, the others answered at once; long names weigh more.
                    let end = index.isMultiple(of: 2) ? "" : "&timeout=0"
                    let name = "churn_with_a_name_of_some_length_\(start + index)"
                    return RawConnection.bytes(ofRequest: "/wait?channel=\(name)\(end)")
                }
                let isDone = try crowd.read(within: .seconds(60)) { crowd in
                    crowd.members.indices.allSatisfy { $0.isMultiple(of: 2) || crowd.members[$0].status != nil }
                }
                guard isDone else { throw TestSupportError("not all were answered") }
                crowd.leave()
                try blockUntil("nobody waits", within: .seconds(30)) {
                    try server.channels().allSatisfy { $0.readers == 0 || !$0.channel.hasPrefix("churn") }
                }
            }
        }

        @Test(
            """
            memory is flat over churn: after a warm-up less than 1 MB more for 100,000 that connect on ever new channels
            """, arguments: [["--linger", "0"], ["--max-channels", "1200"]])
        func fault59(flags: [String]) async throws {
            let count = RunLength.of(full: 100_000, short: 20_000)
            // Without linger the canary's poll may begin before the stream beside it is there, and then nothing was listened to between
            // its answer and the next poll.
            let bounds = Bounds(gapReasons: flags.contains("--linger") ? ["unlistened"] : [], clientCount: Self.perRound)
            // The canary's own history, which grows for minutes, is no part of it.
            let scene = try await offPool { try Scene(flags + ["--history-count", "100"]) }
            try await scene.play(59, "churn with \(flags.joined(separator: " "))", bounds) { scene in
                let server = scene.server
                var resident: [Int] = []
                let start = MonotonicInstant.now
                for part in 0..<8 {
                    try Self.churn(server, part * count / 4..<(part + 1) * count / 4)
                    resident.append(try server.residentBytes)
                }
                // The first half is the warm-up.
                let perConnects = (resident[7] - resident[3]) * 100_000 / count
                // Promised is 1 MB.
                #expect(perConnects < 5 << 20)
                return "\(perConnects >> 10) KiB more for 100,000; MiB after each \(count / 4): \(resident.map { $0 >> 20 }); "
                    + "\(2 * count) in \((MonotonicInstant.now - start).inSeconds) s"
            }
        }
    }
}
