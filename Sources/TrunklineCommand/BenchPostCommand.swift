import ArgumentParser
import TrunklineBench

/// `trunkline bench post`: how many posts a second.
struct BenchPostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "post", abstract: "Post on keep-alive connections that do nothing else.")

    @OptionGroup var options: BenchOptions
    @OptionGroup var posting: BenchPostingOptions

    @Option(help: "Connections, each with one post at a time.")
    var connections = 32
    @Option(help: "Channels, posted to in turn.")
    var channels = 1
    @Option(help: "Posts a second; as fast as they are answered, if it is not given.")
    var rate: Double?
    @Flag(help: "Post the same payload always.")
    var samePayload = false

    /// - Throws: a sentence about the first option that makes no sense.
    func validate() throws {
        try BenchNumber.check("--connections", connections, BenchNumber.connections)
        try BenchNumber.check("--channels", channels, 1...BenchSettings.channelCountMax)
        try BenchNumber.check(rate: rate)
    }

    /// Runs it and prints the result.
    ///
    /// - Throws: `ExitCode`.
    func run() throws {
        var settings = try options.settings()
        posting.apply(to: &settings)
        settings.posterCount = connections
        settings.channelCount = channels
        settings.rate = rate
        settings.isPayloadConstant = samePayload
        try BenchRun.run(.post, settings, isJSON: options.json)
    }
}
