import HistoryChecker
import TestSupport
import Testing

/// The whole path, from the source through table, server and wire to the readers, broken in one place: the checker must see it.
@Suite("A broken variant", .serialized, .timeLimit(.minutes(2 * Slowdown.factor)))
struct BrokenVariantTests {
    /// On a machine where all is quick; where it is not, until enough is written.
    private static let length = Duration.seconds(1)
    private static let countMin = 400

    @Test("that is not broken passes, with gaps for what was lost")
    func control() async throws {
        let verdict = try await BrokenStage(nil).rehearse(for: Self.length, countMin: Self.countMin)
        print("not broken\n\(verdict)")
        #expect(verdict.violations == [])
        for tally in verdict.tallies { #expect(tally.gapCounts["reconnected", default: 0] > 0, "\(tally)") }
    }

    @Test("is caught, whichever it is", arguments: Defect.allCases)
    func caught(_ defect: Defect) async throws {
        let verdict = try await BrokenStage(defect).rehearse(for: Self.length, countMin: Self.countMin)
        print("\(defect)\n\(verdict)")
        #expect(verdict.violations.contains(where: defect.isSeen))
    }
}

extension Defect {
    /// What the checker should say about it.
    fileprivate func isSeen(_ violation: Violation) -> Bool {
        switch (self, violation) {
        case (.drops, .lost), (.forgetsTheGap, .lost), (.tellsTheGapTooEarly, .lost), (.resumesFromNow, .lost): true
        case (.duplicates, .duplicate), (.swaps, .outOfOrder): true
        case (.acknowledgesTooMuch, .falselyAcknowledged), (.refusesTooMuch, .phantom): true
        case _: false
        }
    }
}
