import ArgumentParser
import TrunklineBench

/// `trunkline bench hold`: what it costs to hold readers.
struct BenchHoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Hold readers to whom nothing is posted.",
        discussion: "With --server-pid, the memory for each of them and the CPU while they are held are printed.")

    @OptionGroup var options: BenchOptions

    @Option(help: "Connections that read.")
    var readers = 1_000
    @Option(help: "How they read: poll, stream or sse.")
    var mode = ReadingMode.sse
    @Option(help: "Channels, over which the readers are spread.")
    var channels = 1
    @Option(help: ArgumentHelp("How long to hold them.", valueName: "seconds"))
    var duration = DecimalSeconds(duration: .seconds(5))

    /// - Throws: a sentence about the first option that makes no sense.
    func validate() throws {
        try BenchNumber.check("--readers", readers, BenchNumber.connections)
        try BenchNumber.check("--channels", channels, 1...min(readers, BenchSettings.channelCountMax))
        try BenchNumber.check(duration: duration)
    }

    /// Runs it and prints the result.
    ///
    /// - Throws: `ExitCode`.
    func run() throws {
        var settings = try options.settings()
        settings.readerCount = readers
        settings.mode = mode
        settings.channelCount = channels
        settings.limit = .duration(duration.duration)
        try BenchRun.run(.hold, settings, isJSON: options.json)
    }
}
