import ArgumentParser
import Trunkline

/// How the process ends when it does not end with 0; the numbers are those of `sysexits.h`.
///
/// A wrong flag or variable is 64 (`EX_USAGE`), which ArgumentParser exits with; a second signal is 128 + its number.
enum ExitStatus: Int32 {
    /// The address to serve on is taken, or not of this machine (`EX_UNAVAILABLE`).
    case cannotListen = 69
    /// Something that should not fail did (`EX_SOFTWARE`).
    case failed = 70
    /// The database named cannot be used, whenever it is tried (`EX_CONFIG`).
    case badConfiguration = 78

    /// The status of an error: a wrong configuration by its code, `other` for all else.
    init(of error: any Error, otherwise other: Self) {
        self = (error as? TrunklineError)?.code == .configuration ? .badConfiguration : other
    }

    /// For ArgumentParser, which then prints nothing more.
    var code: ExitCode { ExitCode(rawValue) }
}
