import Threads

/// Readers that are held, and nothing else: what they cost.
struct HoldLoad: ReadingLoad {
    private(set) var readers: Readers

    private init(_ settings: BenchSettings) {
        readers = Readers(settings, Requests(settings))
    }

    /// Runs it to its end.
    ///
    /// - Throws: when it cannot run at all.
    static func run(_ settings: BenchSettings, stop: EventDescriptor) throws(BenchError) -> BenchResult {
        var load = HoldLoad(settings)
        var engine = try Engine(to: settings.target, linkCount: settings.readerCount, stop: stop)
        let before = try Meter(settings)
        let opening = try engine.openReaders(&load)
        engine.rest(for: settings.warmUp, &load)
        let meter = try Meter(settings, after: before)
        var progress = Progress(settings.progress, now: meter.start)
        let end = settings.limit.end(after: meter.start)
        while engine.now < end, !engine.isStopping {
            engine.step(until: min(end, engine.now + 1_000_000_000), &load)
            progress.tell(engine.now, "\(opening.establishedCount) held")
        }
        var result = BenchResult(.hold, unit: "connection")
        result.seconds = Double(engine.now - meter.start) / 1e9
        result.count = opening.establishedCount
        result.standingCount = (0..<settings.readerCount).count { engine.isOpen($0) }
        try meter.finish(&result, connectionCount: opening.establishedCount)
        result.opening = opening
        result.takeEnd(of: engine)
        return result
    }

    mutating func opened(_ link: Int, _ engine: inout Engine) {
        readers.opened(link, &engine)
    }

    mutating func headCame(_ head: ResponseHead, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine) {
        readers.headCame(head, in: bytes, on: link)
    }

    mutating func bodyCame(
        _ range: Range<Int>, isLast: Bool, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine
    ) {}

    mutating func answered(_ status: Int, on link: Int, _ engine: inout Engine) {
        _ = readers.answered(status, on: link, &engine)
    }

    mutating func closed(_ link: Int, _ engine: inout Engine) {
        readers.closed(link, &engine)
    }
}
