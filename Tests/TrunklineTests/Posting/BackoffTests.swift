import TestSupport
import Testing

@testable import Trunkline

@Suite("Waiting before the next attempt to connect")
struct BackoffTests {
    @Test("the first attempt comes at once, also after a reset")
    func first() {
        var random = SplitMix64()
        var backoff = Backoff()
        #expect(backoff.next(isRefused: false, using: &random) == .zero)
        _ = backoff.next(isRefused: true, using: &random)
        backoff.reset()
        #expect(backoff.next(isRefused: true, using: &random) == .zero)
    }

    @Test("the span doubles from 50 ms up to 2 s, or 10 s when we are refused", arguments: [false, true])
    func growing(isRefused: Bool) {
        // Generators that only draw the most.
        var most = Extreme(bits: .max)
        var backoff = Backoff()
        _ = backoff.next(isRefused: isRefused, using: &most)
        let waits = (0..<12).map { _ in backoff.next(isRefused: isRefused, using: &most) }
        let longest = isRefused ? Backoff.longestWhenRefused : Backoff.longest
        for (number, wait) in waits.enumerated() {
            let span = min(longest, .milliseconds(50) * (1 << number))
            #expect(wait > span * 0.99 && wait <= span, "attempt \(number)")
        }
        #expect(waits.last == longest)
    }

    @Test("any part of the span may be drawn, and never more, for ever")
    func jitter() {
        var random = SplitMix64()
        var backoff = Backoff()
        let waits = (0..<10_000).map { _ in backoff.next(isRefused: false, using: &random) }
        #expect(waits.allSatisfy { $0 >= .zero && $0 <= Backoff.longest }, "\(random)")
        #expect(waits.dropFirst(10).contains { $0 < .milliseconds(100) }, "\(random)")
        #expect(waits.dropFirst(10).contains { $0 > .milliseconds(1_900) }, "\(random)")
    }

    /// Draws one and the same number.
    private struct Extreme: RandomNumberGenerator {
        let bits: UInt64
        mutating func next() -> UInt64 { bits }
    }
}
