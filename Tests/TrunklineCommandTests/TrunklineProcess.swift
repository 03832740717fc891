import Glibc
import Subprocess

/// The executable of this build, run as a process with nothing of the tests' own environment but the settings of sanitizers.
///
/// Its database cannot be reached: a server that has none serves all the same.
enum TrunklineProcess {
    /// How a process ended, and all it wrote.
    struct Ending {
        let status: TerminationStatus
        let output: String
        let error: String
    }

    /// Runs it to its end.
    static func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Ending {
        let result = try await Subprocess.run(
            configuration(arguments, environment), input: .none, output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
        )
        return Ending(
            status: result.terminationStatus, output: result.standardOutput, error: result.standardError)
    }

    /// Runs a server on a free port of loopback until `body` has made it end.
    ///
    /// - Parameters:
    ///   - isIgnoringInterrupts: starts it as a shell starts what stands in its background.
    ///   - body: gets the process and the lines of its log.
    static func serve(
        _ arguments: [String] = [], isIgnoringInterrupts: Bool = false,
        _ body: (_ process: pid_t, _ log: inout LogLines) async throws -> Void
    ) async throws -> TerminationStatus {
        let serve = ["serve", "--listen", "127.0.0.1:0", "--database", "host=/nonexistent"] + arguments
        let started =
            isIgnoringInterrupts
            ? Configuration(
                executable: .path("/bin/sh"), arguments: Arguments(["-c", "trap '' INT; exec \"$0\" \"$@\"", path] + serve),
                environment: environment([:]))
            : configuration(serve, [:])
        let result = try await Subprocess.run(started, input: .none, output: .discarded, error: .sequence) { execution in
            let process = execution.processIdentifier.value
            // A process that was not ended by the test would be waited for without end.
            defer { kill(process, SIGKILL) }
            var log = LogLines(iterator: execution.standardError.strings().makeAsyncIterator())
            try await body(process, &log)
            // Read to its end: a full pipe would stop the process from ending.
            while try await log.next() != nil {}
        }
        return result.terminationStatus
    }

    private static func configuration(_ arguments: [String], _ environment: [String: String]) -> Configuration {
        Configuration(
            executable: .path(.init(path)), arguments: Arguments(arguments), environment: Self.environment(environment))
    }

    private static func environment(_ variables: [String: String]) -> Environment {
        var all = variables
        for name in ["TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS"] {
            if let value = getenv(name) { all[name] = String(cString: value) }
        }
        return .custom(Dictionary(uniqueKeysWithValues: all.map { (Environment.Key(stringLiteral: $0.key), $0.value) }))
    }

    /// The executable lies beside the tests.
    private static var path: String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let tests = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return tests.prefix(through: tests.lastIndex(of: "/") ?? tests.startIndex) + "trunkline"
    }
}
