import Testing

@testable import TrunklineBench

@Suite("Finding deliveries in what a reader gets")
struct LineScannerTests {
    private static let mark = RunMark(run: 0x7f3a_9c2e)

    /// Bodies of each way of reading, and what they tell.
    static let bodies: [(String, [LineScanner.Sighting])] = [
        ("id: 5gq1x.1042\ndata: ~7f3a9c2e.0000000042~xxx\n\n: heartbeat\n", [.delivery(42)]),
        ("id: a~b\ndata: ~7f3a9c2e.0000000000~\n\ndata: ~7f3a9c2e.9999999999~\n\n", [.delivery(0), .delivery(9_999_999_999)]),
        ("event: gap\nid: 5gq1x.1050\ndata: {\"type\":\"gap\",\"reason\":\"reconnected\"}\n\n", [.gap]),
        (
            "{\"type\":\"notification\",\"id\":\"a.1\",\"channel\":\"bench-7f3a9c2e-00000\",\"payload\":\"~7f3a9c2e.0000000007~\"}\n"
                + "{\"type\":\"gap\",\"reason\":\"overflow\"}\n{\"type\":\"heartbeat\",\"cursor\":\"a.1\"}\n",
            [.delivery(7), .gap]
        ),
        ("~7f3a9c2e.0000000001~\n~7f3a9c2e.0000000002~xx", [.delivery(1), .delivery(2)]),
        ("~11111111.0000000001~\n~7f3a9c2e.00000000x1~\n~7f3a9c2e.000000000\n", []),
    ]

    @Test("tells the same wherever the body is cut", arguments: bodies)
    func everyCut(_ body: String, _ sightings: [LineScanner.Sighting]) {
        let bytes = Array(body.utf8)
        for cut in 0...bytes.count {
            #expect(scan([Array(bytes[..<cut]), Array(bytes[cut...])]) == sightings, "cut at \(cut)")
        }
        #expect(scan(bytes.map { [$0] }) == sightings, "byte by byte")
    }

    @Test("remembers of a long line only its beginning")
    func longLine() {
        let line = Array("~7f3a9c2e.0000000003~".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 7_978)
        let pieces = stride(from: 0, to: line.count, by: 100).map { Array(line[$0..<min($0 + 100, line.count)]) }
        #expect(scan(pieces + [Array("\n~7f3a9c2e.0000000004~\n".utf8)]) == [.delivery(3), .delivery(4)])
    }

    @Test("a last line needs no end of its own when it is known to be the last")
    func lastLine() {
        var scanner = LineScanner()
        let bytes = Array("~7f3a9c2e.0000000005~".utf8)
        var range = bytes.indices
        let first = scanner.next(in: bytes.span, &range, isLast: true, mark: Self.mark)
        let second = scanner.finish(mark: Self.mark)
        #expect(first == .delivery(5))
        #expect(second == nil)
    }

    private func scan(_ pieces: [[UInt8]]) -> [LineScanner.Sighting] {
        var scanner = LineScanner()
        var sightings: [LineScanner.Sighting] = []
        for piece in pieces {
            var range = piece.indices
            while let sighting = scanner.next(in: piece.span, &range, isLast: false, mark: Self.mark) {
                sightings.append(sighting)
            }
        }
        if let last = scanner.finish(mark: Self.mark) { sightings.append(last) }
        return sightings
    }
}
