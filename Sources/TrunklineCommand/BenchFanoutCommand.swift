import ArgumentParser
import TrunklineBench

/// `trunkline bench fanout`: how many deliveries a second, and how late.
struct BenchFanoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanout", abstract: "Post to channels that many read; check each delivery.")

    @OptionGroup var options: BenchOptions
    @OptionGroup var posting: BenchPostingOptions

    @Option(help: "Connections that read.")
    var readers = 1_000
    @Option(help: "How they read: poll, stream or sse.")
    var mode = ReadingMode.sse
    @Option(help: "Channels, over which the readers are spread.")
    var channels = 1
    @Option(help: "Connections that post, each one post at a time, to the channels in turn.")
    var posters = 1
    @Option(help: "Posts a second; as fast as they are answered, if it is not given.")
    var rate: Double?

    /// - Throws: a sentence about the first option that makes no sense.
    func validate() throws {
        try BenchNumber.check("--readers", readers, BenchNumber.connections)
        try BenchNumber.check("--posters", posters, 1...1_000)
        try BenchNumber.check("--channels", channels, 1...min(readers, BenchSettings.channelCountMax))
        try BenchNumber.check(rate: rate)
    }

    /// Runs it and prints the result.
    ///
    /// - Throws: `ExitCode`.
    func run() throws {
        var settings = try options.settings()
        posting.apply(to: &settings)
        settings.readerCount = readers
        settings.mode = mode
        settings.channelCount = channels
        settings.posterCount = posters
        settings.rate = rate
        try BenchRun.run(.fanout, settings, isJSON: options.json)
    }
}
