/// Tells once a second how far a run has come.
struct Progress {
    private let report: (@Sendable (String) -> Void)?
    private var last: Int64

    init(_ report: (@Sendable (String) -> Void)?, now: Int64) {
        self.report = report
        last = now
    }

    mutating func tell(_ now: Int64, _ sentence: @autoclosure () -> String) {
        guard let report, now - last >= 1_000_000_000 else { return }
        last = now
        report(sentence())
    }
}
