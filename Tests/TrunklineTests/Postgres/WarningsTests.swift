import Testing
import Threads

@testable import Trunkline

@Suite("Warnings of PostgreSQL")
struct WarningsTests {
    private let start = MonotonicInstant.now

    /// Which of these are news, each so many milliseconds after the start.
    private func news(_ warnings: [(String, at: Int)]) -> [Bool] {
        var memory = Warnings()
        return warnings.map { memory.isNews($0.0, start + .milliseconds($0.at)) }
    }

    @Test("the same words are news once a minute, whatever their numbers")
    func repeated() {
        let warnings = [
            ("NOTIFY queue is 51% full", at: 0),
            ("NOTIFY queue is 100% full", at: 59_999),
            ("there is no transaction in progress", at: 59_999),
            ("NOTIFY queue is 52% full", at: 60_000),
        ]
        #expect(news(warnings) == [true, false, true, true])
    }

    @Test("what is remembered has a bound, and beyond it nothing is kept back")
    func bounded() {
        let filling = (1...Warnings.countMax).map { (String(repeating: "x", count: $0), at: 0) }
        #expect(news(filling + [("x", at: 0), ("y", at: 0), ("y", at: 0)]).suffix(3) == [false, true, true])
    }
}
