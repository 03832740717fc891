import TestSupport
import Testing

@testable import TrunklineBench

@Suite("What a reader has seen of a poster")
struct SequenceWindowTests {
    @Test("tells what is new from what comes late and what comes twice")
    func sights() {
        var window = SequenceWindow()
        let sights = [0, 1, 1, 4, 2, 2, 3, 0, 5].map { window.note($0) }
        #expect(sights == [.fresh, .fresh, .duplicate, .fresh, .late, .duplicate, .late, .duplicate, .fresh])
    }

    @Test("cannot tell what is older than its memory, and calls it seen")
    func edge() {
        var window = SequenceWindow()
        #expect(window.note(100) == .fresh)
        #expect(window.note(37) == .late)
        #expect(window.note(36) == .duplicate)
        #expect(window.note(164) == .fresh)
        #expect(window.note(101) == .late)
        #expect(window.contains(101) && window.contains(164))
        #expect(!window.contains(102) && !window.contains(100) && !window.contains(165))
    }

    @Test("agrees with a set, in any order within its memory")
    func model() {
        var random = SplitMix64()
        var window = SequenceWindow()
        var seen: Set<UInt32> = []
        var next: UInt32 = 0
        for _ in 0..<10_000 {
            let number = UInt32(max(0, Int(next) + Int.random(in: -63...3, using: &random)))
            let expected: SequenceWindow.Sight = seen.contains(number) ? .duplicate : number >= next ? .fresh : .late
            let isRemembered = number >= next || next - 1 - number < 64
            guard isRemembered else { continue }
            #expect(window.note(number) == expected, "\(random)")
            seen.insert(number)
            next = max(next, number + 1)
        }
    }
}
