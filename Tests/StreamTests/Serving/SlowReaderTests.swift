import TestSupport
import Testing

extension LoadTests {
    @Suite("Clients that do not read")
    struct SlowReaderTests {
        @Test("50 of them cost no queue, and nothing while they sleep; others read on")
        func noQueue() async throws {
            try await offPool {
                // Just one flood is kept: no more is held by the second one than by the first. Nobody is shut down for not
                // reading, however slow the machine is.
                let deployment = try Deployment(
                    ["--history-count", "3000", "--history-bytes", "64MiB", "--stall-timeout", "3600"])
                let server = deployment.server
                let reader = try server.lines("channel=slow", patience: .seconds(60))
                // The history fills first, so that it is not counted.
                let count = try deployment.flood("slow")
                _ = try reader.next(count)
                let before = try server.residentBytes
                let sleepers = try (0..<50).map { number in
                    let query = ["mode=sse", "mode=stream", "mode=stream&format=json", "mode=sse&format=json"][number % 4]
                    return try server.stream("/wait?channel=slow&\(query)", receiveBuffer: 4_096)
                }
                try deployment.flood("slow")
                _ = try reader.next(count)
                let grown = try server.residentBytes - before
                print("50 streams that do not read \((count * 7_900) >> 20) MiB: \(grown >> 10) KiB more")
                #expect(grown < 64 << 20, "a queue each would be \((50 * count * 7_900) >> 20) MiB")
                // Until the kernel takes no more for any of them, there is something to do.
                var used = try server.cpuSeconds
                try blockUntil("the server has come to rest", within: .seconds(20)) {
                    let before = used
                    let pause = ContinuousClock().now + .milliseconds(300)
                    try blockUntil("some time is over") { ContinuousClock().now > pause }
                    used = try server.cpuSeconds
                    return used - before < 0.02
                }
                try expectIdle(server, for: .seconds(2))
                #expect(try server.facts(of: "slow")?.readers == 51)
                _ = sleepers
            }
        }

        @Test("one that reads again is told of the gap at its place, and gets all that is kept")
        func overflow() async throws {
            try await offPool {
                let deployment = try Deployment(["--history-count", "100"])
                let server = deployment.server
                let events = try server.events("channel=late", patience: .seconds(60), receiveBuffer: 4_096)
                let objects = try server.lines("format=json&channel=late", patience: .seconds(60), receiveBuffer: 4_096)
                let text = try server.lines("channel=late", patience: .seconds(60), receiveBuffer: 4_096)
                let count = try deployment.flood("late")

                var told: [(number: Int, isGap: Bool)] = []
                while told.last?.number != count, let event = try events.next() {
                    let isGap = event.type == "gap"
                    if isGap { #expect(try StreamObject(event.data).reason == "overflow") }
                    told.append((isGap ? 0 : number(in: event.text), isGap))
                }
                expectGaps(told, count)

                _ = try objects.object()
                told = []
                while told.last?.number != count {
                    let object = try objects.object()
                    if object.type == "gap" { #expect(object.reason == "overflow") }
                    told.append((number(in: object.payload ?? "0 "), object.type == "gap"))
                }
                expectGaps(told, count)

                let lines = try text.rest().map { number(in: $0) }
                #expect(lines == Array(1...lines.count), "whole up to its end")
                #expect(lines.count < count)
            }
        }

        @Test("one that takes no byte for stall_timeout is shut down, one that has nothing to take is not")
        func stalled() async throws {
            try await offPool {
                let deployment = try Deployment(["--stall-timeout", "1"])
                let server = deployment.server
                let idle = try server.events("channel=idle")
                let blocked = try server.events("channel=stalled", receiveBuffer: 4_096)
                try deployment.flood("stalled")
                let time = try server.waitUntilLeft("stalled", within: .seconds(10))
                print("a stream that took nothing was shut down after \(time) of 1 s")
                _ = blocked
                try server.post("still here", to: "idle")
                #expect(try idle.next()?.text == "still here")
            }
        }

        @Test("one that reads slowly, but reads, is not shut down")
        func slow() async throws {
            try await offPool {
                let deployment = try Deployment(["--stall-timeout", "1", "--history-bytes", "64MiB"])
                let reader = try deployment.server.lines("channel=slowly", patience: .seconds(60), receiveBuffer: 65_536)
                let count = try deployment.flood("slowly")
                let clock = ContinuousClock()
                let start = clock.now
                var next = 1
                // For three times as long as it may take nothing, a line every now and then.
                while clock.now - start < .seconds(3) {
                    let isDue = clock.now - start > .milliseconds(next * 10)
                    guard isDue, let line = try reader.next() else { continue }
                    #expect(number(in: line) == next)
                    next += 1
                }
                #expect(try reader.next(count - next + 1).last.map { number(in: $0) } == count)
            }
        }

        private func number(in payload: String) -> Int {
            payload.split(separator: " ", maxSplits: 1).first.flatMap { Int($0) } ?? -1
        }

        /// Expects numbers that only grow, without a hole but at a gap, from the first to the last.
        ///
        /// There may be several gaps: while the kernel takes more, the stream reads on, and may fall behind more than once.
        private func expectGaps(_ told: [(number: Int, isGap: Bool)], _ count: Int) {
            let parts = told.split(whereSeparator: \.isGap).map { $0.map(\.number) }
            #expect(parts.count > 1)
            for numbers in parts {
                #expect(numbers == Array((numbers.first ?? 0)..<(numbers.first ?? 0) + numbers.count))
            }
            for (earlier, later) in zip(parts, parts.dropFirst()) { #expect((earlier.last ?? 0) < (later.first ?? 0)) }
            #expect(parts.first?.first == 1)
            #expect(parts.last?.last == count)
            #expect((parts.last?.count ?? 0) >= 100, "all that is kept")
        }
    }
}

/// Expects that the server uses hardly any time on a processor.
func expectIdle(_ server: ServerProcess, for duration: Duration, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let clock = ContinuousClock()
    let before = try server.cpuSeconds
    let start = clock.now
    try blockUntil("the time is over", within: duration + .seconds(5)) { clock.now - start >= duration }
    let share = (try server.cpuSeconds - before) / (duration / .seconds(1))
    print("the server used \(share * 100) % of a processor")
    // Five times what is promised: 1 %.
    #expect(share < 0.05, sourceLocation: sourceLocation)
}
