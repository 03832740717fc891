import Threads

/// Whether what the poster commits reaches the listener: the pure part of the heartbeat.
///
/// A *beat* is a notification that only this run's listener hears. Each session of the listener is proven by its first beat;
/// from then on there is one every `interval` while anybody reads, or whenever somebody asks. A beat is *missed* when PostgreSQL
/// has confirmed its COMMIT and it has not come within `grace`, though all that the listener's socket held was read. One that
/// could not commit says nothing about the listener.
///
/// Where beats do not get through at all, for the poster is cut off too, the listener asks its own server for a *sign of life*.
struct Vigil {
    /// From one beat to the next; after a missed one the next comes at once.
    static let interval = Duration.seconds(2)
    /// How long the poster waits until PostgreSQL has committed a beat.
    static let commitTimeout = Duration.seconds(2)
    /// How long a committed beat may take to come.
    static let grace = Duration.seconds(1)
    /// So many missed beats in a row prove that the listener is deaf.
    static let missedCountMax = 3
    /// How long nothing may be proven before the listener asks for a sign of life.
    static let silenceMax = Duration.seconds(4)

    private enum Beat {
        case none
        case sent(MonotonicInstant)
        /// PostgreSQL has confirmed it, at this time.
        case committed(sent: MonotonicInstant, MonotonicInstant)
    }

    /// What is known at the time a beat was to come.
    enum Judgement: Equatable {
        /// Nothing is due.
        case none
        /// A beat was missed.
        case missed
        /// The last of too many.
        case deaf
    }

    private var beat = Beat.none
    /// The number of the last beat.
    private(set) var number: UInt64 = 0
    /// The first beat of the listener's session.
    private var firstNumber: UInt64 = 0
    private var lastSent: MonotonicInstant?
    private var missedCount = 0
    /// Since when there are committed beats that have not come, however many; `nil` once one has.
    private(set) var unheardSince: MonotonicInstant?
    /// The last beat could not be committed: the next one takes its time.
    private var isAbandoned = false
    /// Somebody wants a beat now.
    private var isAsked = false

    /// When the listener's session began; `nil` while there is none.
    private(set) var sessionStart: MonotonicInstant?
    /// When the last beat of this session was heard.
    private(set) var lastProof: MonotonicInstant?
    /// The last time that the listener's own server has answered, or somebody began to be interested in that.
    private var lastSign: MonotonicInstant?
    /// Since when it is doubted that the listener's server is still there.
    private var doubted: MonotonicInstant?

    // MARK: the listener's session

    mutating func beginSession(_ now: MonotonicInstant) {
        self = Vigil(number: number, lastSent: nil, sessionStart: now)
    }

    mutating func endSession() {
        self = Vigil(number: number, lastSent: lastSent, sessionStart: nil)
    }

    init() {}

    private init(number: UInt64, lastSent: MonotonicInstant?, sessionStart: MonotonicInstant?) {
        self.number = number
        firstNumber = number + 1
        self.lastSent = lastSent
        self.sessionStart = sessionStart
    }

    /// Whether the last proof is so fresh that none is needed.
    func isProven(_ now: MonotonicInstant) -> Bool {
        lastProof.map { now - $0 < Self.interval } ?? false
    }

    // MARK: beats

    /// Wants a beat as soon as can be.
    mutating func ask() {
        isAsked = true
    }

    /// Readers came where there were none.
    mutating func noteInterest(_ now: MonotonicInstant) {
        lastSign = now
    }

    /// Whether the poster is to send a beat now.
    ///
    /// - Parameter isWanted: somebody reads.
    func isBeatDue(isWanted: Bool, _ now: MonotonicInstant) -> Bool {
        guard case .none = beat else { return false }
        return nextBeat(isWanted: isWanted, now).map { $0 <= now } ?? false
    }

    /// When the poster is to look whether a beat is due; `nil` while none is wanted.
    func nextBeat(isWanted: Bool, _ now: MonotonicInstant) -> MonotonicInstant? {
        guard sessionStart != nil else { return nil }
        let next = lastSent.map { $0 + Self.interval } ?? now
        // One at a time: the one under way is heard or judged first, whoever asks meanwhile.
        if let judgementTime { return judgementTime > now ? max(next, judgementTime) : now + Self.grace }
        if isAsked { return now }
        if missedCount > 0 { return isAbandoned ? next : now }
        return isWanted || lastProof == nil ? next : nil
    }

    /// A beat leaves.
    ///
    /// - Returns: its number.
    mutating func beginBeat(_ now: MonotonicInstant) -> UInt64 {
        number += 1
        beat = .sent(now)
        lastSent = now
        isAsked = false
        isAbandoned = false
        return number
    }

    /// PostgreSQL has confirmed the beat.
    ///
    /// - Returns: whether it is still to be heard.
    mutating func commitBeat(_ now: MonotonicInstant) -> Bool {
        guard case .sent(let sent) = beat else { return false }
        beat = .committed(sent: sent, now)
        if unheardSince == nil { unheardSince = now }
        return true
    }

    /// The beat was not committed, or nobody knows.
    mutating func abandonBeat() {
        guard case .sent = beat else { return }
        beat = .none
        isAbandoned = true
    }

    /// A beat was heard.
    ///
    /// - Returns: its round trip; `nil` for one that was given up.
    mutating func hear(_ heard: UInt64, _ now: MonotonicInstant) -> Duration? {
        guard sessionStart != nil, heard >= firstNumber, heard <= number else { return nil }
        // Also a late one proves that the listener hears; that it is slow is no reason to lose what is on its way.
        missedCount = 0
        unheardSince = nil
        guard heard == number else { return nil }
        switch beat {
        case .none: return nil
        case .sent(let sent), .committed(let sent, _):
            beat = .none
            lastProof = now
            doubted = nil
            // Whoever has asked since it was sent has this proof.
            isAsked = false
            return now - sent
        }
    }

    /// Whether a beat is under way that was sent after `instant`.
    func isBeatSent(after instant: MonotonicInstant) -> Bool {
        switch beat {
        case .none: false
        case .sent(let sent), .committed(let sent, _): sent > instant
        }
    }

    /// A beat came of which nobody can say what it proves: it counts neither as heard nor as missed.
    mutating func dismissBeat() {
        beat = .none
        isAbandoned = true
        unheardSince = nil
    }

    /// When to judge; `nil` while nothing is to be heard.
    var judgementTime: MonotonicInstant? {
        guard case .committed(_, let instant) = beat else { return nil }
        return instant + Self.grace
    }

    /// Judges, after all that the listener's socket held was read.
    ///
    /// - Parameter isBehind: the listener still reads what came long before; the beat gets more time.
    mutating func judge(_ now: MonotonicInstant, isBehind: Bool = false) -> Judgement {
        guard case .committed(let sent, _) = beat, let time = judgementTime, time <= now else { return .none }
        if isBehind {
            beat = .committed(sent: sent, now)
            return .none
        }
        beat = .none
        missedCount += 1
        return missedCount >= Self.missedCountMax ? .deaf : .missed
    }

    // MARK: signs of life

    /// When the listener is to ask its server for a sign of life; `nil` while nobody wants to know.
    func nextSign(isWanted: Bool) -> MonotonicInstant? {
        guard let sessionStart else { return nil }
        if let doubted { return doubted }
        guard isWanted else { return nil }
        return max(sessionStart, lastProof ?? sessionStart, lastSign ?? sessionStart) + Self.silenceMax
    }

    /// The listener's server has answered.
    mutating func noteSign(_ now: MonotonicInstant) {
        lastSign = now
        doubted = nil
    }

    /// The poster's server does not answer: the listener's is to be asked now.
    mutating func doubt(_ now: MonotonicInstant) {
        doubted = now
    }
}
