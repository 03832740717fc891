import Threads

/// Posts to channels that many read: each delivery is checked.
struct FanoutLoad: ReadingLoad {
    private(set) var readers: Readers
    private var posters: Posters
    private var pacing = Pacing(rate: nil, start: 0)
    private let channelCount: Int
    private var postedCount = 0
    private var postedMax = 0
    /// When something was last confirmed or given up.
    private var lastOutcome: Int64 = 0

    private init(_ settings: BenchSettings) {
        let requests = Requests(settings)
        readers = Readers(settings, requests)
        posters = Posters(settings, requests, firstLink: settings.readerCount)
        channelCount = settings.channelCount
    }

    /// Runs it to its end: all was delivered, or nothing comes any more.
    ///
    /// - Throws: when it cannot run at all.
    static func run(_ settings: BenchSettings, stop: EventDescriptor) throws(BenchError) -> BenchResult {
        var load = FanoutLoad(settings)
        var engine = try Engine(to: settings.target, linkCount: settings.readerCount + settings.posterCount, stop: stop)
        let before = try Meter(settings)
        let opening = try engine.openReaders(&load)
        _ = try engine.open(load.posters.links, &load) { $0.posters.openedCount }
        engine.rest(for: settings.warmUp, &load)
        return try load.measure(settings, opening, before, &engine)
    }

    private mutating func measure(
        _ settings: BenchSettings, _ opening: BenchResult.Opening, _ before: Meter, _ engine: inout Engine
    ) throws(BenchError) -> BenchResult {
        let meter = try Meter(settings, after: before)
        var progress = Progress(settings.progress, now: meter.start)
        pacing = Pacing(rate: settings.rate, start: meter.start)
        postedMax = settings.limit.countMax
        let end = settings.limit.end(after: meter.start)
        while engine.now < end, !engine.isStopping, opening.establishedCount > 0 {
            send(&engine)
            guard postedCount < postedMax || !isComplete else { break }
            let due = postedCount < postedMax && !posters.idle.isEmpty ? pacing.nextDue : nil
            engine.step(until: min(end, due ?? .max, engine.now + 20_000_000), &self)
            progress.tell(engine.now, "\(readers.book.receivedCount) deliveries")
            if postedCount >= postedMax, isHopeless(engine.now) { break }
        }
        postedMax = 0
        lastOutcome = engine.now
        while !isComplete, !isHopeless(engine.now) { engine.step(until: engine.now + 20_000_000, &self) }
        let last = max(readers.book.lastDelivery, meter.start + 1)
        var result = BenchResult(.fanout, unit: "delivery")
        result.count = readers.book.receivedCount
        try meter.finish(&result, connectionCount: opening.establishedCount)
        for outcome in posters.giveUp(&engine) { readers.book.fail(outcome.number) }
        result.seconds = Double(last - meter.start) / 1e9
        result.count = readers.book.receivedCount
        result.postCount = posters.confirmedCount
        result.postLatency = posters.latencies.summary
        result.latency = readers.book.latencies.summary
        result.deliveries = readers.book.finalCounts()
        result.opening = opening
        result.standingCount = (0..<readers.count).count { engine.isOpen($0) }
        result.takeEnd(of: engine)
        return result
    }

    private var isComplete: Bool {
        posters.pendingCount == 0 && readers.book.receivedCount >= readers.book.expectedCount
    }

    /// Nothing was delivered or answered for three seconds: the rest is lost.
    private func isHopeless(_ now: Int64) -> Bool {
        now - max(readers.book.lastDelivery, lastOutcome) > (posters.pendingCount > 0 ? 10_000_000_000 : 3_000_000_000)
    }

    private mutating func send(_ engine: inout Engine) {
        while postedCount < postedMax, !posters.idle.isEmpty, let start = pacing.take(engine.now) {
            let poster = posters.takeIdle()
            let channel = postedCount % channelCount
            let number = readers.book.begin(poster: poster, channel: channel, start: start)
            posters.send(number, poster: poster, channel: channel, start: start, &engine)
            postedCount += 1
        }
    }

    private mutating func note(_ outcome: Posters.Outcome?, _ engine: inout Engine) {
        guard let outcome else { return }
        lastOutcome = engine.now
        if outcome.isConfirmed { readers.book.confirm(outcome.number) } else { readers.book.fail(outcome.number) }
        send(&engine)
    }

    mutating func opened(_ link: Int, _ engine: inout Engine) {
        guard link >= readers.count else { return readers.opened(link, &engine) }
        posters.opened(link)
        send(&engine)
    }

    mutating func headCame(_ head: ResponseHead, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine) {
        if link < readers.count { readers.headCame(head, in: bytes, on: link) }
    }

    mutating func bodyCame(
        _ range: Range<Int>, isLast: Bool, in bytes: Span<UInt8>, on link: Int, _ engine: inout Engine
    ) {
        guard link < readers.count else { return }
        var range = range
        while readers.nextDelivery(in: bytes, &range, isLast: isLast, on: link, at: engine.now) != nil {}
    }

    mutating func answered(_ status: Int, on link: Int, _ engine: inout Engine) {
        guard link < readers.count else { return note(posters.answered(status, on: link, engine), &engine) }
        _ = readers.answered(status, on: link, &engine)
    }

    mutating func closed(_ link: Int, _ engine: inout Engine) {
        guard link < readers.count else { return note(posters.closed(link, &engine), &engine) }
        readers.closed(link, &engine)
    }
}
