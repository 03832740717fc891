import ArgumentParser

/// How a benchmark ends when it does not end with 0.
enum BenchExit: Int32 {
    /// Something was lost, doubled or refused: the result says what.
    case notClean = 1
    /// Nobody answers at the address (`EX_UNAVAILABLE`).
    case unreachable = 69
    /// It cannot run as it was asked for (`EX_SOFTWARE`).
    case unusable = 70

    /// For ArgumentParser, which then prints nothing more.
    var code: ExitCode { ExitCode(rawValue) }
}
