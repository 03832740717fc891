/// A duration of no sign written in seconds: `60`, `0.5`. Exact: no binary fraction comes in between.
struct DecimalSeconds: CustomStringConvertible {
    let duration: Duration

    init(duration: Duration) {
        self.duration = duration
    }

    /// - Parameter text: digits, and at most 18 more after a point; anything else yields `nil`.
    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int64(digits: parts[0]) else { return nil }
        var attoseconds: Int64 = 0
        if parts.count == 2 {
            let fraction = parts[1]
            guard fraction.count <= 18, let digits = Int64(digits: fraction) else { return nil }
            attoseconds = (fraction.count..<18).reduce(digits) { value, _ in value * 10 }
        }
        duration = Duration(secondsComponent: whole, attosecondsComponent: attoseconds)
    }

    /// The shortest text of the same duration.
    var description: String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds != 0 else { return "\(seconds)" }
        var digits = String(1_000_000_000_000_000_000 + attoseconds).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(seconds).\(digits)"
    }
}
