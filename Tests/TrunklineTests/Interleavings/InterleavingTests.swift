import TestSupport
import Testing

@testable import Trunkline

@Suite("Random interleavings of the table", .serialized)
struct InterleavingTests {
    /// How the runs are spread over tests that may run at the same time.
    static let shares = 0..<20
    static let runsPerShare = 5_000

    @Test(
        "in 100,000 runs every reader gets all it is owed, in order, once, or is told of the gap; nobody is deaf or forgotten",
        arguments: shares)
    func anything(share: Int) async throws {
        try await expectNoViolation(Interleaving.Plan(), share)
    }

    @Test("the last waiter leaves as a new one comes, 100,000 times: no armed waiter is deaf", arguments: shares)
    func lastLeavesAsNewComes(share: Int) async throws {
        let plan = Interleaving.Plan(
            channelCount: 1, readerCount: 2, stepCount: 16, linger: .zero, boundedRuns: 0, hasFaults: false,
            hasForeigners: false)
        try await expectNoViolation(plan, share)
    }

    private func expectNoViolation(_ plan: Interleaving.Plan, _ share: Int) async throws {
        // Off the pool, where other tests would wait for it.
        let violation = try await offPool {
            // Each run has a seed of its own, which its failure shows, and which repeats it as the very first one.
            var random = SplitMix64()
            var seeds = random
            for _ in 0...share { seeds = SplitMix64(seed: seeds.next()) }
            for _ in 0..<Self.runsPerShare {
                if let violation = Interleaving.run(plan, random) { return violation as String? }
                random = SplitMix64(seed: seeds.next())
            }
            return nil
        }
        if let violation { Issue.record("\(violation)") }
    }
}
