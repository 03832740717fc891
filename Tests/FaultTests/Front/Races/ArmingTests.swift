import HistoryChecker
import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Races of arming")
    struct ArmingTests {
        private static let length = RunLength.of(full: Duration.seconds(30), short: .seconds(8))

        /// Posts on one connection after the other's answer.
        private static func post(_ payload: Int, to channel: String, over connection: RawConnection) throws {
            try connection.sendRequest("POST", "/post?channel=\(channel)", body: Array("\(payload)".utf8))
            let answer = try connection.readResponse()
            guard answer.status == 200 else { throw TestSupportError("\(answer.status) \(answer.text)") }
        }

        @Test(
            """
            fault 42: the last reader of a channel leaves as a new one comes, again and again: whoever was armed hears the \
            next post
            """)
        func fault42() async throws {
            // No linger: the channel is given up at once.
            try await offPool { try Scene(["--linger", "0"]) }.play(42, "LISTEN races UNLISTEN") { scene in
                let end = MonotonicInstant.now + Self.length
                let results = try atOnce(3) { thread in
                    var generator = SplitMix64()
                    let channel = "handover\(thread)"
                    let posts = try scene.server.connect(patience: .seconds(20))
                    var last = try EventStream("channel=\(channel)", at: scene.server)
                    var count = 0
                    while MonotonicInstant.now < end {
                        let isBefore = Bool.random(using: &generator)
                        if isBefore { try last.connection.reset() }
                        // Somewhere between before UNLISTEN is sent and after it is confirmed.
                        let until = MonotonicInstant.now + .microseconds(Int.random(in: 0...1_500, using: &generator))
                        while Bool.random(using: &generator), MonotonicInstant.now < until {}
                        let next = try EventStream("channel=\(channel)", at: scene.server)
                        if !isBefore { try last.connection.reset() }
                        try Self.post(count, to: channel, over: posts)
                        guard try next.next()?.data == "\(count)" else {
                            throw TestSupportError("armed, and deaf to post \(count); \(generator)")
                        }
                        last = next
                        count += 1
                    }
                    try last.connection.reset()
                    return (count, generator)
                }
                return "\(results.map(\.0).reduce(0, +)) times in \(Self.length.inSeconds) s, \(results.map(\.1))"
            }
        }

        @Test(
            """
            fault 43: of what is posted while a stream arms, all is seen that was posted after its priming id had come, in \
            order and without a hole
            """)
        func fault43() async throws {
            try await offPool { try Scene(["--linger", "0"]) }.play(43, "a post at the priming id") { scene in
                // Each still wants its three posts when the other has had all of its own.
                let readerCount = Locked(2)
                // The next payload that nobody has begun to post.
                let upcoming = Locked(0)
                let counts = try atOnce(3) { thread -> Int in
                    guard thread > 0 else {
                        let posts = try scene.server.connect(patience: .seconds(20))
                        while readerCount.withLock({ $0 > 0 }) {
                            let number = upcoming.withLock { upcoming in
                                defer { upcoming += 1 }
                                return upcoming
                            }
                            try Self.post(number, to: "primed", over: posts)
                        }
                        return 0
                    }
                    defer { readerCount.withLock { $0 -= 1 } }
                    let end = MonotonicInstant.now + Self.length
                    var count = 0
                    while MonotonicInstant.now < end {
                        let stream = try EventStream("channel=primed", at: scene.server)
                        let next = upcoming.withLock { $0 }
                        let seen = try (0..<3).map { _ in Int(try stream.next()?.data ?? "") ?? -1 }
                        guard seen[0] >= 0, seen[0] <= next, seen == Array(seen[0]..<seen[0] + 3) else {
                            throw TestSupportError("promised from \(next) on, seen \(seen)")
                        }
                        try stream.connection.reset()
                        count += 1
                    }
                    return count
                }
                return "\(counts.reduce(0, +)) streams among \(upcoming.withLock { $0 }) posts in \(Self.length.inSeconds) s"
            }
        }

        @Test("fault 44: what is posted between two polls of a client is in the next one, complete and in order")
        func fault44() async throws {
            try await offPool { try Scene() }.play(44, "posts between two polls") { scene in
                let isOver = Locked(false)
                let results = try atOnce(4) { thread -> (polls: Int, seen: Int, generator: SplitMix64) in
                    var generator = SplitMix64()
                    guard thread > 0 else {
                        let posts = try scene.server.connect(patience: .seconds(20))
                        let end = MonotonicInstant.now + Self.length
                        var number = 0
                        while MonotonicInstant.now < end {
                            try Self.post(number, to: "between", over: posts)
                            number += 1
                        }
                        isOver.withLock { $0 = true }
                        try Self.post(-1, to: "between", over: posts)
                        return (0, number, generator)
                    }
                    let polls = try scene.server.connect(patience: .seconds(20))
                    try polls.sendRequest("HEAD", "/wait?channel=between")
                    var cursor = try polls.readResponse(to: "HEAD")["Trunkline-Cursor"] ?? ""
                    var count = 0
                    var seen: [Int] = []
                    while seen.last != -1 {
                        let limit = Int.random(in: 1...20, using: &generator)
                        try polls.sendRequest("GET", "/wait?channel=between&limit=\(limit)&timeout=5&since=\(cursor)")
                        let answer = try polls.readResponse()
                        if let gap = answer["Trunkline-Gap"] { throw TestSupportError("a gap: \(gap)") }
                        cursor = answer["Trunkline-Cursor"] ?? ""
                        let payloads = answer.text.split(separator: "\n").compactMap { Int($0) }
                        seen += payloads
                        count += 1
                        let until = MonotonicInstant.now + .microseconds(Int.random(in: 0...3_000, using: &generator))
                        while MonotonicInstant.now < until {}
                    }
                    let numbers = seen.dropLast()
                    guard numbers.elementsEqual((numbers.first ?? 0)..<(numbers.first ?? 0) + numbers.count) else {
                        throw TestSupportError("not complete: \(generator)")
                    }
                    return (count, numbers.count, generator)
                }
                for result in results.dropFirst() { #expect(result.seen > results[0].seen / 2) }
                return "\(results[0].seen) posts, \(results.dropFirst().map(\.polls)) polls in \(Self.length.inSeconds) s"
            }
        }
    }
}
