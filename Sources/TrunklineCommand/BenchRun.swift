import FoundationEssentials
import Glibc
import Logging
import Threads
import TrunklineBench

/// One benchmark from its settings to its exit code.
enum BenchRun {
    /// Runs it and prints the result; the first SIGINT or SIGTERM ends it early, the second at once.
    ///
    /// - Throws: `ExitCode` of a `BenchExit`.
    static func run(_ work: BenchResult.Work, _ settings: BenchSettings, isJSON: Bool) throws {
        TerminationSignals.block()
        DescriptorLimit.raise(Logger(label: "trunkline") { _ in StandardErrorLog(level: .warning) })
        let result = try measure(work, settings)
        if isJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            print(BenchReport.text(of: result, url: "http://\(settings.target.authority)"), terminator: "")
        }
        guard result.isClean else { throw BenchExit.notClean.code }
    }

    private static func measure(_ work: BenchResult.Work, _ settings: BenchSettings) throws -> BenchResult {
        var settings = settings
        let isTerminal = isatty(STDERR_FILENO) == 1
        // Over the line before, which it clears.
        if isTerminal { settings.progress = { write("\r\u{1b}[K\($0)") } }
        defer { if isTerminal { write("\r\u{1b}[K") } }
        do {
            let stop = try EventDescriptor()
            TerminationSignals.watch { _ in stop.signal() }
            return try Benchmark.run(work, settings, stop: stop)
        } catch let error as BenchError {
            if case .unreachable(let reason) = error {
                write("cannot reach http://\(settings.target.authority): \(reason)\n")
                throw BenchExit.unreachable.code
            }
            write("\(error)\n")
            throw BenchExit.unusable.code
        }
    }

    /// Writes on standard error, at once.
    private static func write(_ text: String) {
        var text = text
        // Nobody could be told of its failure.
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
