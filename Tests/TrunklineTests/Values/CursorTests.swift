import TestSupport
import Testing

@testable import Trunkline

@Suite("Cursors")
struct CursorTests {
    @Test("a cursor is read as it was written", arguments: [UInt64.min, 1, 1_041, .max])
    func roundTrip(position: UInt64) {
        let cursor = Cursor(epoch: "5gq1x", position: position)
        #expect(cursor.description == "5gq1x.\(position)")
        #expect(Cursor(cursor.description) == cursor)
    }

    @Test("no cursor is longer than it may be, and it is put behind what is there")
    func longest() {
        let cursor = Cursor(epoch: String(UInt64.max, radix: 36), position: .max)
        #expect(cursor.description.utf8.count == Cursor.byteCountMax)
        var bytes = Array("id: ".utf8)
        cursor.append(to: &bytes)
        #expect(bytes == Array("id: \(cursor)".utf8))
    }

    @Test(
        "what is no cursor is nil",
        arguments: [
            "", ".", "a", "a.", ".1", "a.b", "a.1.2", "a.-1", "a.+1", "a. 1", "A.1", "ä.1", "a.١", " a.1", "a.1 ",
            "a.18446744073709551616", "aaaaaaaaaaaaaa.1", "a.000000000000000000001", "a\0.1",
        ])
    func noCursor(text: String) {
        #expect(Cursor(text) == nil)
    }

    @Test("every epoch can be read again, and no two are alike")
    func epochs() {
        var random = SplitMix64()
        var seen: Set<String> = []
        for _ in 0..<1_000 {
            let epoch = Cursor.makeEpoch(using: &random)
            #expect(Cursor("\(epoch).1") == Cursor(epoch: epoch, position: 1), "\(random)")
            seen.insert(epoch)
        }
        #expect(seen.count == 1_000, "\(random)")
    }
}
