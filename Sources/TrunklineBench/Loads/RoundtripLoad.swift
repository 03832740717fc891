import Threads

/// Pairs of a poster and a reader with a channel of their own: the next post goes out when the last one has come back.
struct RoundtripLoad: ReadingLoad {
    private struct Pair {
        var number = -1
        var start: Int64 = 0
        var isDelivered = true
        var isConfirmed = true
    }

    /// After how long a delivery that has not come is posted for again: the reader may not have waited yet.
    private static let patience: Int64 = 400_000_000

    private(set) var readers: Readers
    private var posters: Posters
    private var pairs: [Pair]
    private var progress = Progress(nil, now: 0)
    private var startedCount = 0
    /// How many may be started in all.
    private var startedMax = 0
    private var returnedCount = 0
    private var repeatedCount = 0

    private init(_ settings: BenchSettings) {
        let requests = Requests(settings)
        readers = Readers(settings, requests)
        posters = Posters(settings, requests, firstLink: settings.readerCount)
        pairs = Array(repeating: Pair(), count: settings.posterCount)
    }

    /// Runs it to its end.
    ///
    /// - Parameter settings: as many readers, posters and channels as pairs.
    /// - Throws: when it cannot run at all.
    static func run(_ settings: BenchSettings, stop: EventDescriptor) throws(BenchError) -> BenchResult {
        precondition(settings.readerCount == settings.posterCount && settings.readerCount == settings.channelCount)
        var settings = settings
        // Each is under way when the measuring begins, and that counts.
        let pairCount = min(settings.readerCount, settings.limit.countMax)
        (settings.readerCount, settings.posterCount, settings.channelCount) = (pairCount, pairCount, pairCount)
        var load = RoundtripLoad(settings)
        var engine = try Engine(to: settings.target, linkCount: 2 * settings.readerCount, stop: stop)
        let opening = try engine.openReaders(&load)
        _ = try engine.open(load.posters.links, &load) { $0.posters.openedCount }
        engine.rest(for: .milliseconds(100), &load)
        return try load.measure(settings, opening, &engine)
    }

    private mutating func measure(
        _ settings: BenchSettings, _ opening: BenchResult.Opening, _ engine: inout Engine
    ) throws(BenchError) -> BenchResult {
        startedMax = .max
        work(until: engine.now + settings.warmUp.nanoseconds, &engine)
        posters.beginMeasuring()
        readers.book.latencies.reset()
        (returnedCount, repeatedCount) = (0, 0)
        // What is under way counts.
        if case .count(let count) = settings.limit {
            startedMax = startedCount + max(0, count - pairs.count { !$0.isDelivered })
        }
        let meter = try Meter(settings)
        progress = Progress(settings.progress, now: meter.start)
        work(until: settings.limit.end(after: meter.start), &engine)
        var result = BenchResult(.roundtrip, unit: "round trip")
        result.seconds = Double(engine.now - meter.start) / 1e9
        result.count = returnedCount
        result.postCount = posters.confirmedCount
        result.repeatedCount = repeatedCount
        result.postLatency = posters.latencies.summary
        result.latency = readers.book.latencies.summary
        try meter.finish(&result, connectionCount: opening.establishedCount)
        startedMax = 0
        // What is under way must come back too.
        work(until: engine.now + 3_000_000_000, isLast: true, &engine)
        for outcome in posters.giveUp(&engine) { readers.book.fail(outcome.number) }
        result.deliveries = readers.book.finalCounts()
        result.opening = opening
        result.takeEnd(of: engine)
        return result
    }

    /// Goes on until the time is over, or all that may be started has come back.
    private mutating func work(until end: Int64, isLast: Bool = false, _ engine: inout Engine) {
        var nextLook: Int64 = 0
        while engine.now < end, isLast || !engine.isStopping, !posters.isHopeless(engine.faults) {
            if engine.now >= nextLook {
                for pair in pairs.indices { look(at: pair, &engine) }
                nextLook = engine.now + 5_000_000
            }
            if startedCount >= startedMax, pairs.allSatisfy({ $0.isDelivered && $0.isConfirmed }) { return }
            engine.step(until: min(end, nextLook), &self)
            progress.tell(engine.now, "\(returnedCount) round trips")
        }
    }

    /// Sends a pair on its way, or on its way again.
    private mutating func look(at pair: Int, _ engine: inout Engine) {
        if pairs[pair].isDelivered, pairs[pair].isConfirmed {
            start(pair, &engine)
        } else if !pairs[pair].isDelivered, engine.now - pairs[pair].start > Self.patience, posters.takeIdle(pair) {
            repeatedCount += 1
            post(pair, &engine)
        }
    }

    private mutating func start(_ pair: Int, _ engine: inout Engine) {
        guard startedCount < startedMax, posters.takeIdle(pair) else { return }
        startedCount += 1
        post(pair, &engine)
    }

    private mutating func post(_ pair: Int, _ engine: inout Engine) {
        let number = readers.book.begin(poster: pair, channel: pair, start: engine.now)
        pairs[pair] = Pair(number: number, start: engine.now, isDelivered: false, isConfirmed: false)
        posters.send(number, poster: pair, channel: pair, start: engine.now, &engine)
    }

    private mutating func note(_ number: Int, _ pair: Int, _ engine: inout Engine) {
        guard number == pairs[pair].number else { return }
        pairs[pair].isDelivered = true
        returnedCount += 1
        if pairs[pair].isConfirmed { start(pair, &engine) }
    }

    private mutating func note(_ outcome: Posters.Outcome?, _ engine: inout Engine) {
        guard let outcome else { return }
        guard outcome.isConfirmed else { return readers.book.fail(outcome.number) }
        readers.book.confirm(outcome.number)
        pairs[outcome.poster].isConfirmed = true
        if pairs[outcome.poster].isDelivered { start(outcome.poster, &engine) }
    }

    mutating func opened(_ link: Int, _ engine: inout Engine) {
        guard link >= readers.count else { return readers.opened(link, &engine) }
        posters.opened(link)
    }

    mutating func headCame(_ head: ResponseHead, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine) {
        if link < readers.count { readers.headCame(head, in: bytes, on: link) }
    }

    mutating func bodyCame(
        _ range: Range<Int>, isLast: Bool, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine
    ) {
        guard link < readers.count else { return }
        var range = range
        while let number = readers.nextDelivery(in: bytes, &range, isLast: isLast, on: link, at: engine.now) {
            note(number, link, &engine)
        }
    }

    mutating func answered(_ status: Int, on link: Int, _ engine: inout Engine) {
        guard link < readers.count else { return note(posters.answered(status, on: link, engine), &engine) }
        if let number = readers.answered(status, on: link, &engine) { note(number, link, &engine) }
    }

    mutating func closed(_ link: Int, _ engine: inout Engine) {
        guard link < readers.count else { return note(posters.closed(link, &engine), &engine) }
        readers.closed(link, &engine)
    }
}
