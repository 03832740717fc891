import Testing
import Threads

@testable import MicroHTTPD

@Suite("Pauses")
struct PausesTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private static let end = start + Pauses.time

    @Test("512 pause at a time, and one more when one has ended")
    func count() {
        #expect(Pauses.countMax == 512)
        var pauses = Pauses()
        for _ in 0..<512 { #expect(pauses.begin(at: Self.start, turn: 1) != nil) }
        #expect(pauses.begin(at: Self.start, turn: 1) == nil)
        pauses.end()
        #expect(pauses.begin(at: Self.start, turn: 1) != nil)
    }

    @Test("a busy worker asks for 2 ms and in 16 turns, whichever is longer")
    func busy() throws {
        var pauses = Pauses()
        let begun = pauses.begin(at: Self.start, turn: 100)
        let pause = try #require(begun)
        let justBefore = MonotonicInstant(nanoseconds: Self.end.nanoseconds - 1)
        #expect(Pauses.time == .milliseconds(2))
        #expect(!pauses.isOver(pause, at: justBefore, turn: 1_000))
        #expect(!pauses.isOver(pause, at: Self.end, turn: 115))
        #expect(pauses.isOver(pause, at: Self.end, turn: 116))
    }

    @Test("a worker that has slept for 2 ms waits for no more turns")
    func idle() throws {
        var pauses = Pauses()
        let begun = pauses.begin(at: Self.start, turn: 100)
        let pause = try #require(begun)
        #expect(pauses.sleep(at: Self.start) == Self.end)
        pauses.beginTurn(at: Self.end)
        #expect(pauses.isOver(pause, at: Self.end, turn: 101))
        // A turn that follows at once is none of an idle worker's.
        pauses.beginTurn(at: Self.end)
        #expect(!pauses.isOver(pause, at: Self.end, turn: 102))
    }

    @Test("a worker that is woken before is busy")
    func woken() throws {
        var pauses = Pauses()
        let begun = pauses.begin(at: Self.start, turn: 100)
        let pause = try #require(begun)
        let later = Self.start + .milliseconds(1)
        #expect(pauses.sleep(at: later) == later + Pauses.time)
        pauses.beginTurn(at: Self.end)
        #expect(!pauses.isOver(pause, at: Self.end, turn: 101))
    }

    @Test("a worker without pauses sleeps as long as it likes")
    func none() {
        var pauses = Pauses()
        #expect(pauses.sleep(at: Self.start) == nil)
        _ = pauses.begin(at: Self.start, turn: 1)
        pauses.end()
        #expect(pauses.sleep(at: Self.start) == nil)
    }
}
