import ArgumentParser
import TrunklineBench

/// What a benchmark that posts is told besides: how large, how long.
struct BenchPostingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Bytes of each payload, 21–7999.", valueName: "bytes"))
    var size = BenchSettings.payloadByteCountMin

    @Option(help: ArgumentHelp("How long to measure (default: 5).", valueName: "seconds"))
    var duration: DecimalSeconds?

    @Option(help: ArgumentHelp("End after so many, instead.", valueName: "count"))
    var count: Int?

    @Option(help: ArgumentHelp("How long the work goes on before it is measured.", valueName: "seconds"))
    var warmUp = DecimalSeconds(duration: .milliseconds(500))

    /// - Throws: a sentence about the first option that makes no sense.
    func validate() throws {
        guard (BenchSettings.payloadByteCountMin...7_999).contains(size) else {
            throw ValidationError("--size \(size): must be between \(BenchSettings.payloadByteCountMin) and 7999")
        }
        guard duration == nil || count == nil else {
            throw ValidationError("--duration and --count: give one of them")
        }
        try BenchNumber.check(duration: duration)
        try BenchNumber.check("--count", count, 1...1_000_000_000)
    }

    /// Sets what these options say.
    func apply(to settings: inout BenchSettings) {
        settings.payloadByteCount = size
        settings.limit = count.map { .count($0) } ?? .duration(duration?.duration ?? .seconds(5))
        settings.warmUp = warmUp.duration
    }
}

extension DecimalSeconds: ExpressibleByArgument {
    init?(argument: String) {
        self.init(argument)
    }
}

extension ReadingMode: ExpressibleByArgument {}
