/// What the checker found, and the figures it found it in.
package struct Verdict: Sendable, CustomStringConvertible {
    package var violations: [Violation] = []
    package var tallies: [Tally] = []
    /// Posts of all writers by what they were told.
    package var acknowledgedCount = 0
    package var notPostedCount = 0
    package var unknownCount = 0
    /// Of the unknown ones, those that were committed.
    package var unknownCommittedCount = 0

    package subscript(reader: String) -> Tally? { tallies.first { $0.reader == reader } }

    package var description: String {
        let head =
            "posts: acknowledged \(acknowledgedCount), not posted \(notPostedCount), unknown \(unknownCount) "
            + "(\(unknownCommittedCount) of them committed); violations: \(violations.count)"
        let examples = violations.prefix(8).map { "  ! \($0)" }
        return ([head] + tallies.map { "  \($0)" } + examples).joined(separator: "\n")
    }
}
