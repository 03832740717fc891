import Foundation

/// A wall clock for one server that can be moved, while all other clocks go on as they do.
///
/// The kernel has one wall clock only, and moving it would move everybody's.
package final class WallClock: Sendable {
    /// Makes a server use it; see `ServerProcess`.
    package let environment: [String: String]
    private let file: String

    /// - Parameters:
    ///   - source: the path of the C file that is loaded into the server.
    ///   - directory: where what it needs may lie.
    /// - Throws: when there is no C compiler; Swift brings one along.
    package init(_ source: String, in directory: String) throws {
        let library = "\(directory)/wall-clock.so"
        file = "\(directory)/wall-clock"
        try ChildProcess.check(
            ProcessEnvironment.path(of: "clang"), ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, source])
        environment = ["LD_PRELOAD": library, "WALL_CLOCK_OFFSET_FILE": file]
        try move(seconds: 0)
    }

    /// Moves it to so many seconds ahead of everybody's, in one step.
    package func move(seconds: Int) throws {
        // Renamed, so that nobody reads half of it.
        try Data("\(seconds)".utf8).write(to: URL(filePath: file), options: .atomic)
    }
}
