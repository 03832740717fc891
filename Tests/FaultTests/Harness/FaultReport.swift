import Glibc
import Threads

/// What one fault cost, printed as one line of its own that `scripts/faults` makes its table of:
/// `fault | number | name | acknowledged | seen | unknown | gaps | lost in gaps | longest silence | recovery | promise`.
///
/// What does not apply is `nil`, and printed as `–`.
struct FaultReport: Sendable {
    let number: Int
    let name: String
    /// Posts that were answered 200 while readers were there.
    var acknowledgedCount: Int?
    /// Notifications that reached the reader which saw the fewest, of those that read all channels.
    var seenCount: Int?
    /// Posts to the server that were answered 504 or not at all.
    var unknownCount: Int?
    /// Gaps that the reader was told of which was told of the most.
    var gapCount: Int?
    /// Notifications within them, of the reader that missed the most.
    var missedCount: Int?
    /// The longest that any reader heard nothing, while posts went on.
    var longestSilence: Duration?
    /// From the moment PostgreSQL could serve again, or as the fault has it, until a fresh post was delivered to all.
    var recovery: Duration?
    /// The bound of the recovery that the server promises.
    var promise: Duration?

    init(_ number: Int, _ name: String) {
        self.number = number
        self.name = name
    }

    /// Prints the line, at once: the process may yet be killed.
    func record() {
        let counts = [acknowledgedCount, seenCount, unknownCount, gapCount, missedCount].map { $0.map(String.init) ?? "–" }
        let times = [longestSilence, recovery, promise].map { $0.map(Self.seconds) ?? "–" }
        Self.printLine((["fault", "\(number)", name] + counts + times).joined(separator: " | "))
    }

    /// A line on standard output in one piece.
    static func printLine(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        bytes.withUnsafeBytes { _ = write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    /// With two digits after the point.
    static func seconds(_ duration: Duration) -> String {
        let hundredths = (duration.nanoseconds + 5_000_000) / 10_000_000
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
    }
}
