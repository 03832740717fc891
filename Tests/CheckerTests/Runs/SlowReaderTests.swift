import Foundation
import HistoryChecker
import TestSupport
import Testing
import Threads

@Suite("A slow reader", .serialized)
struct SlowReaderTests {
    private static let payloadByteCount = 7_900
    private static let batchCount = 300
    /// 200 MB in all; less where everything is slow.
    private static let total = 200_000_000 / Slowdown.factor / payloadByteCount / batchCount * batchCount
    /// What the memory may grow by: the history's bound and 16 MB; a sanitizer takes its part of each allocation, and keeps it.
    private static let growthMax = Double((8 + 16) * Slowdown.factor)

    @Test("of which 200 MB go past costs the history's bound and 16 MB; another misses nothing, and it is told what it missed")
    func stopped() async throws {
        try await offPool {
            // The stopped stream is kept until all has gone past, however slow that is.
            let wire = try Wire(["--stall-timeout", "3600"])
            let slow = try wire.open("/wait?channel=a&mode=sse", receiveBuffer: 4_096)
            #expect(try slow.readHead().status == 200)
            let file = "\(wire.cluster.directory)/slow-\(wire.server.port)"
            let quick = try ChildProcess(
                "/usr/bin/env", ["curl", "-sN", "-o", file, "\(wire.server.url)/wait?channel=a&mode=stream"])
            let others = try ["mode=sse", "mode=sse&format=json", "mode=stream&format=json"].map {
                try ChildProcess("/usr/bin/env", ["curl", "-sN", "-o", "/dev/null", "\(wire.server.url)/wait?channel=a&\($0)"])
            }
            try wire.waitForReaders(5)
            // So that what any first notification costs is not counted.
            let start = try wire.server.residentBytes
            let peak = try sendAll(wire, past: file)
            try checkAwakening(slow)
            // Ends the other stream, so that curl writes what it holds.
            _ = try wire.server.terminate()
            for process in others + [quick] { _ = try process.waitForExit() }
            let numbers = try ChildProcess.check("/usr/bin/env", ["cut", "-d ", "-f1", file]).split(separator: "\n")
            #expect(numbers.map { Int($0) } == Array(0..<Self.total))
            let growth = Double(peak - start) / 1_048_576
            print("\(Self.total) past a stopped stream: RSS \(start >> 20) MiB, grown by \(growth) MiB of \(Self.growthMax)")
            #expect(growth <= Self.growthMax)
        }
    }

    /// Posts everything, as fast as the quick reader reads it.
    ///
    /// - Returns: the most memory the server had.
    private func sendAll(_ wire: Wire, past file: String) throws -> Int {
        let session = try PsqlSession(wire.cluster, database: wire.database)
        var peak = 0
        var byteCount = 0
        for first in stride(from: 0, to: Self.total, by: Self.batchCount) {
            let range = first..<first + Self.batchCount
            try session.run(
                """
                SELECT count(pg_notify('a', rpad(n || ' ', \(Self.payloadByteCount), 'x')))
                FROM generate_series(\(range.lowerBound), \(range.upperBound - 1)) n;
                """)
            byteCount += range.count * (Self.payloadByteCount + 1)
            try blockUntil("the quick reader has \(byteCount) bytes", within: .seconds(20 * Slowdown.factor)) {
                peak = max(peak, try wire.server.residentBytes)
                // curl makes the file with the first piece.
                guard FileManager.default.fileExists(atPath: file) else { return false }
                let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
                // A last piece may wait in curl's buffer.
                return (size ?? 0) > byteCount - 65_536
            }
        }
        return peak
    }

    /// Reads on: what was on its way, a gap, and what is kept. The kernel's buffers may have taken a little more every now and
    /// then, so that there are several gaps, each where something is missing.
    private func checkAwakening(_ slow: RawConnection) throws {
        var parser = EventStreamParser()
        var events: [EventStreamParser.Event] = []
        while number(of: events.last) != Self.total - 1 {
            events += parser.take(try #require(try slow.readChunk()))
        }
        var last = -1
        var lastID: String?
        var runCount = 0
        var gapCount = 0
        var told: ToldGap?
        for event in events {
            if event.type == "gap" {
                let gap = try JSONDecoder().decode(ToldGap.self, from: Data(event.data.utf8))
                #expect((gap.reason, gap.channels, gap.after) == ("overflow", ["a"], lastID))
                told = gap
                gapCount += 1
                runCount = 0
            } else {
                let number = try #require(self.number(of: event))
                if let told {
                    #expect(number > last + 1, "a gap in which nothing is missing")
                    #expect(position(of: told.id) + 1 == position(of: event.id))
                } else {
                    #expect(number == last + 1)
                }
                (last, told) = (number, nil)
                runCount += 1
            }
            lastID = event.id
        }
        #expect(gapCount >= 1)
        #expect(runCount > 900, "what is kept comes whole")
        print("the stopped stream was told of \(gapCount) gaps, and given \(events.count - gapCount) of \(Self.total)")
    }

    private func number(of event: EventStreamParser.Event?) -> Int? {
        event.flatMap { $0.type == "gap" ? nil : Int($0.data.prefix { $0 != " " }) }
    }
}
