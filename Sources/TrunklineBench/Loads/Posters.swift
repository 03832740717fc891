/// The connections that post, each one post at a time.
struct Posters {
    /// A post that was answered, or never will be.
    struct Outcome {
        let poster: Int
        let number: Int
        let isConfirmed: Bool
    }

    private struct Pending {
        var number = -1
        var start: Int64 = 0
    }

    /// The first of their links.
    let firstLink: Int
    private var template: RequestTemplate
    private let isPayloadConstant: Bool
    private var pending: [Pending]
    /// Those that may post, the one that became so last at the end.
    private(set) var idle: [Int] = []
    private(set) var confirmedCount = 0
    private(set) var openedCount = 0
    private var hasConfirmed = false
    var latencies = Latencies()

    init(_ settings: BenchSettings, _ requests: Requests, firstLink: Int) {
        self.firstLink = firstLink
        template = requests.post
        isPayloadConstant = settings.isPayloadConstant
        pending = Array(repeating: Pending(), count: settings.posterCount)
        idle.reserveCapacity(settings.posterCount)
    }

    var count: Int { pending.count }
    var links: Range<Int> { firstLink..<firstLink + count }
    var pendingCount: Int { pending.count { $0.number >= 0 } }

    mutating func opened(_ link: Int) {
        openedCount += 1
        idle.append(link - firstLink)
    }

    /// Takes one that is idle, of which there must be one.
    mutating func takeIdle() -> Int { idle.removeLast() }

    /// Takes a certain one, if it is idle.
    mutating func takeIdle(_ poster: Int) -> Bool {
        guard let index = idle.lastIndex(of: poster) else { return false }
        idle.swapAt(index, idle.count - 1)
        idle.removeLast()
        return true
    }

    mutating func send(_ number: Int, poster: Int, channel: Int, start: Int64, _ engine: inout Engine) {
        pending[poster] = Pending(number: number, start: start)
        if !isPayloadConstant { template.setNumber(number) }
        template.setChannel(channel)
        engine.send(template.bytes, on: firstLink + poster)
    }

    mutating func answered(_ status: Int, on link: Int, _ engine: borrowing Engine) -> Outcome? {
        let poster = link - firstLink
        guard pending[poster].number >= 0 else { return nil }
        let isConfirmed = status / 100 == 2
        if isConfirmed {
            confirmedCount += 1
            hasConfirmed = true
            latencies.add(engine.now - pending[poster].start)
        }
        idle.append(poster)
        return settle(poster, isConfirmed)
    }

    /// A connection has ended: another is made.
    mutating func closed(_ link: Int, _ engine: inout Engine) -> Outcome? {
        let poster = link - firstLink
        if let index = idle.firstIndex(of: poster) { idle.remove(at: index) }
        engine.reconnect(link)
        guard pending[poster].number >= 0 else { return nil }
        engine.faults.closed += 1
        return settle(poster, false)
    }

    /// Gives up what was not answered.
    mutating func giveUp(_ engine: inout Engine) -> [Outcome] {
        let left = pending.indices.filter { pending[$0].number >= 0 }
        engine.faults.unanswered += left.count
        return left.map { settle($0, false) }
    }

    /// Whether each had its chance, and nothing was ever taken.
    func isHopeless(_ faults: Faults) -> Bool {
        !hasConfirmed && faults.count >= count
    }

    mutating func beginMeasuring() {
        confirmedCount = 0
        latencies.reset()
    }

    private mutating func settle(_ poster: Int, _ isConfirmed: Bool) -> Outcome {
        defer { pending[poster].number = -1 }
        return Outcome(poster: poster, number: pending[poster].number, isConfirmed: isConfirmed)
    }
}
