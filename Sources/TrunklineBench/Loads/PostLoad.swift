import Threads

/// Connections that do nothing but post.
struct PostLoad: Load {
    private var posters: Posters
    private var pacing = Pacing(rate: nil, start: 0)
    private let channelCount: Int
    private var nextNumber = 0
    /// Numbers from here on are not posted.
    private var numberEnd = 0
    private var progress = Progress(nil, now: 0)

    private init(_ settings: BenchSettings) {
        posters = Posters(settings, Requests(settings), firstLink: 0)
        channelCount = settings.channelCount
    }

    /// Runs it to its end.
    ///
    /// - Throws: when it cannot run at all.
    static func run(_ settings: BenchSettings, stop: EventDescriptor) throws(BenchError) -> BenchResult {
        var settings = settings
        // Each has a post under way when the measuring begins, and that counts.
        settings.posterCount = min(settings.posterCount, settings.limit.countMax)
        var load = PostLoad(settings)
        var engine = try Engine(to: settings.target, linkCount: settings.posterCount, stop: stop)
        _ = try engine.open(load.posters.links, &load) { $0.posters.openedCount }
        return try load.measure(settings, &engine)
    }

    private mutating func measure(_ settings: BenchSettings, _ engine: inout Engine) throws(BenchError) -> BenchResult {
        numberEnd = .max
        pacing = Pacing(rate: settings.rate, start: engine.now)
        work(until: engine.now + settings.warmUp.nanoseconds, &engine)
        posters.beginMeasuring()
        // What is under way counts.
        if case .count(let count) = settings.limit { numberEnd = nextNumber + max(0, count - posters.pendingCount) }
        let meter = try Meter(settings)
        progress = Progress(settings.progress, now: meter.start)
        work(until: settings.limit.end(after: meter.start), &engine)
        var result = BenchResult(.post, unit: "post")
        result.seconds = Double(engine.now - meter.start) / 1e9
        result.count = posters.confirmedCount
        result.postCount = posters.confirmedCount
        result.postLatency = posters.latencies.summary
        try meter.finish(&result, connectionCount: posters.openedCount)
        if case .count = settings.limit, !engine.isStopping { _ = posters.giveUp(&engine) }
        result.takeEnd(of: engine)
        return result
    }

    /// Posts until the time is over, or all was posted and answered, or an answer does not come for too long.
    private mutating func work(until end: Int64, _ engine: inout Engine) {
        var lastChange = engine.now
        var seen = -1
        while engine.now < end, !engine.isStopping, !posters.isHopeless(engine.faults) {
            send(&engine)
            let due = nextNumber < numberEnd && !posters.idle.isEmpty ? pacing.nextDue : nil
            engine.step(until: min(end, due ?? .max, engine.now + 20_000_000), &self)
            progress.tell(engine.now, "\(posters.confirmedCount) posts")
            guard nextNumber >= numberEnd else { continue }
            if posters.pendingCount != seen { (seen, lastChange) = (posters.pendingCount, engine.now) }
            if seen == 0 || engine.now - lastChange > 10_000_000_000 { return }
        }
    }

    private mutating func send(_ engine: inout Engine) {
        while nextNumber < numberEnd, !posters.idle.isEmpty, let start = pacing.take(engine.now) {
            posters.send(
                nextNumber, poster: posters.takeIdle(), channel: nextNumber % channelCount, start: start, &engine)
            nextNumber += 1
        }
    }

    mutating func opened(_ link: Int, _ engine: inout Engine) {
        posters.opened(link)
        send(&engine)
    }

    mutating func headCame(_ head: ResponseHead, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine) {}

    mutating func bodyCame(
        _ range: Range<Int>, isLast: Bool, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine
    ) {}

    mutating func answered(_ status: Int, on link: Int, _ engine: inout Engine) {
        guard posters.answered(status, on: link, engine) != nil else { return }
        send(&engine)
    }

    mutating func closed(_ link: Int, _ engine: inout Engine) {
        _ = posters.closed(link, &engine)
    }
}
