import Threads

/// The connections of a worker that wait without being suspended: how many, and for how long.
struct Pauses {
    /// The most at a time: each is asked in each turn, which costs as much as a suspended one when another is resumed.
    static let countMax = 512
    /// How long a connection pauses, at least.
    static let time = Duration.milliseconds(2)
    /// In how many turns it is asked, at least, while they follow one another: so many cost as much as to suspend it and to resume it.
    static let turnCount: UInt64 = 16

    /// How long one connection pauses.
    struct Pause {
        fileprivate let end: MonotonicInstant
        fileprivate let lastTurn: UInt64
    }

    private var count = 0
    /// Until when the worker meant to sleep at the most, because connections pause.
    private var check: MonotonicInstant?
    /// It has slept until then: there was nothing to do.
    private var isIdle = false

    /// - Returns: `nil` if too many pause already.
    mutating func begin(at now: MonotonicInstant, turn: UInt64) -> Pause? {
        guard count < Self.countMax else { return nil }
        count += 1
        return Pause(end: now + Self.time, lastTurn: turn + Self.turnCount)
    }

    mutating func end() {
        count -= 1
    }

    func isOver(_ pause: Pause, at now: MonotonicInstant, turn: UInt64) -> Bool {
        now >= pause.end && (isIdle || turn >= pause.lastTurn)
    }

    /// The worker begins a turn.
    mutating func beginTurn(at now: MonotonicInstant) {
        isIdle = check.map { now >= $0 } ?? false
        check = nil
    }

    /// The worker has nothing to do.
    ///
    /// - Returns: until when it may sleep; `nil` if none pauses.
    mutating func sleep(at now: MonotonicInstant) -> MonotonicInstant? {
        guard count > 0 else { return nil }
        check = now + Self.time
        return check
    }
}
