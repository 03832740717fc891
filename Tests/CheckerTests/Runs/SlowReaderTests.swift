import Foundation
import HistoryChecker
import TestSupport
import Testing
import Threads

@Suite("A slow reader", .serialized)
struct SlowReaderTests {
    private static let payloadByteCount = 7_900
    private static let batchCount = 300
    /// 200 MB in all.
    private static let total = 200_000_000 / payloadByteCount / batchCount * batchCount

    @Test("of which 200 MB go past costs the history's bound and 16 MB; another misses nothing, and it is told what it missed")
    func stopped() async throws {
        try await offPool {
            let wire = try Wire()
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
            print("200 MB past a stopped stream: RSS \(start >> 20) MiB, grown by \(growth) MiB; allowed are 8 + 16")
            #expect(growth <= 8 + 16)
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
            try blockUntil("the quick reader has \(byteCount) bytes", within: .seconds(20)) {
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

    /// Reads on: what was on its way, one gap, and what is kept.
    private func checkAwakening(_ slow: RawConnection) throws {
        var parser = EventStreamParser()
        var events: [EventStreamParser.Event] = []
        while number(of: events.last) != Self.total - 1 {
            events += parser.take(try #require(try slow.readChunk()))
        }
        let gaps = events.indices.filter { events[$0].type == "gap" }
        #expect(gaps.count == 1)
        let place = try #require(gaps.first)
        let before = events[..<place]
        let kept = events[(place + 1)...]
        #expect(before.map { number(of: $0) } == Array(0..<before.count))
        #expect(kept.map { number(of: $0) } == Array(Self.total - kept.count..<Self.total))
        #expect(kept.count > 900 && kept.count <= (8 << 20) / Self.payloadByteCount)
        let gap = try JSONDecoder().decode(ToldGap.self, from: Data(events[place].data.utf8))
        #expect((gap.reason, gap.channels, gap.after) == ("overflow", ["a"], before.last?.id))
        #expect(position(of: gap.id) + 1 == kept.first.map { position(of: $0.id) })
        let lostCount = Self.total - before.count - kept.count
        print("the stopped stream had \(before.count), lost \(lostCount), and was given \(kept.count)")
    }

    private func number(of event: EventStreamParser.Event?) -> Int? {
        event.flatMap { $0.type == "gap" ? nil : Int($0.data.prefix { $0 != " " }) }
    }
}
