/// The figures of one reader: a run says what was seen, never just that it passed.
package struct Tally: Sendable {
    package let reader: String
    /// Acknowledged notifications it was promised.
    package var acknowledgedCount = 0
    package var seenCount = 0
    /// Those among the promised that lie in a gap.
    package var missedCount = 0
    package var gapCounts: [String: Int] = [:]
    package var cutCount = 0
    /// The longest time between two things it was told.
    package var longestSilence = Duration.zero

    package var gapCount: Int { gapCounts.values.reduce(0, +) }
}

extension Tally: CustomStringConvertible {
    package var description: String {
        let gaps = gapCounts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let silence = longestSilence.nanosecondsAsMilliseconds
        return "\(reader): acknowledged \(acknowledgedCount), seen \(seenCount), in gaps \(missedCount), gaps [\(gaps)], "
            + "cut \(cutCount), longest silence \(silence) ms"
    }
}

extension Duration {
    fileprivate var nanosecondsAsMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
