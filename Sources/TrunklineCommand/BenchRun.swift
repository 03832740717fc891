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
    static func run(_ work: Benchmark.Work, _ settings: BenchSettings, isJSON: Bool) throws {
        var settings = settings
        let isTerminal = isatty(STDERR_FILENO) == 1
        // Over the line before, which it clears.
        if isTerminal { settings.progress = { write("\r\u{1b}[K\($0)") } }
        let changed = settings
        let url = "http://\(settings.target.authority)"
        try run(at: url, isJSON: isJSON) { stop throws(BenchError) in
            defer { if isTerminal { write("\r\u{1b}[K") } }
            return try Benchmark.run(work, changed, stop: stop)
        }
    }

    /// The same, against PostgreSQL itself.
    static func run(_ settings: DatabaseSettings, isJSON: Bool) throws {
        try run(at: "PostgreSQL", isJSON: isJSON) { stop throws(BenchError) in try Benchmark.run(settings, stop: stop) }
    }

    private static func run(
        at place: String, isJSON: Bool, _ body: (EventDescriptor) throws(BenchError) -> BenchResult
    ) throws {
        TerminationSignals.block()
        DescriptorLimit.raise(Logger(label: "trunkline") { _ in StandardErrorLog(level: .warning) })
        let stop = try EventDescriptor()
        TerminationSignals.watch { _ in stop.signal() }
        let result: BenchResult
        do throws(BenchError) {
            result = try body(stop)
        } catch {
            guard case .unreachable(let reason) = error else {
                write("\(error)\n")
                throw BenchExit.unusable.code
            }
            write("cannot reach \(place): \(reason)\n")
            throw BenchExit.unreachable.code
        }
        if isJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            print(BenchReport.text(of: result, place: place), terminator: "")
        }
        guard result.isClean else { throw BenchExit.notClean.code }
    }

    /// Writes on standard error, at once.
    private static func write(_ text: String) {
        var text = text
        // Nobody could be told of its failure.
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
