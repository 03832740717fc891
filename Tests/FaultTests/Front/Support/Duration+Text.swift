import Threads

extension Duration {
    /// For a report: milliseconds with one decimal.
    var milliseconds: String { "\(Double(nanoseconds / 100_000) / 10) ms" }

    /// As a number of seconds.
    var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
