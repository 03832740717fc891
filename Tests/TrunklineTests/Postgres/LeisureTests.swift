import Testing
import Threads

@testable import Trunkline

@Suite("The listener's leisure")
struct LeisureTests {
    private let start = MonotonicInstant.now

    private func at(_ milliseconds: Int) -> MonotonicInstant { start + .milliseconds(milliseconds) }

    @Test("one that sleeps is not busy, also while a little comes now and then")
    func asleep() {
        var leisure = Leisure(start)
        for turn in 0..<500 {
            leisure.noteSleep(from: at(turn * 10 + 1), to: at(turn * 10 + 10))
            #expect(!leisure.isBusy(at(turn * 10 + 10)))
        }
    }

    @Test("one that reads most of the time is busy, and is no more when it has slept again")
    func awake() {
        var leisure = Leisure(start)
        for turn in 0..<500 { leisure.noteSleep(from: at(turn * 10 + 9), to: at(turn * 10 + 10)) }
        #expect(leisure.isBusy(at(5_000)))
        leisure.noteSleep(from: at(5_010), to: at(7_000))
        #expect(!leisure.isBusy(at(7_010)))
    }

    @Test("a sleep that began before the window counts from the window's beginning")
    func bounds() {
        var leisure = Leisure(at(1_000))
        leisure.noteSleep(from: at(0), to: at(1_400))
        #expect(leisure.isBusy(at(1_900)), "asleep for 0.4 s of 0.9 s")
        #expect(!leisure.isBusy(at(1_700)))
    }
}
