import ArgumentParser
import TrunklineBench

/// `trunkline bench roundtrip`: how long from a post to its reader, and how many a second.
struct BenchRoundtripCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roundtrip",
        abstract: "Pairs of a poster and a reader: the next post goes out when the last one has come back.")

    @OptionGroup var options: BenchOptions
    @OptionGroup var posting: BenchPostingOptions

    @Option(help: "Pairs, each on a channel of its own.")
    var pairs = 16
    @Option(help: "How they read: poll, stream or sse.")
    var mode = ReadingMode.poll

    /// - Throws: a sentence about the first option that makes no sense.
    func validate() throws {
        try BenchNumber.check("--pairs", pairs, 1...10_000)
    }

    /// Runs it and prints the result.
    ///
    /// - Throws: `ExitCode`.
    func run() throws {
        var settings = try options.settings()
        posting.apply(to: &settings)
        settings.readerCount = pairs
        settings.posterCount = pairs
        settings.channelCount = pairs
        settings.mode = mode
        try BenchRun.run(.roundtrip, settings, isJSON: options.json)
    }
}
