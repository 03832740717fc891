import LibPQ
import Threads

/// Proves that what the poster commits reaches the listener, and finds out soon when it does not.
///
/// Both connections can stand and yet hear nothing of each other: a stopped server process, a pooler in between, an old primary
/// that was left alive. No socket tells of that, so a beat goes the whole way.
final class Heartbeat: Sendable {
    /// Called once with the reason why there is no proof; `nil` with it.
    typealias Answer = @Sendable (String?) -> Void

    private struct State {
        var vigil = Vigil()
        /// The server process that beats come from, in this session of the poster.
        var posterProcessID: Int32?
        /// The poster will look again by itself, so that nobody need wake it.
        var isPosterAttentive = false
        var questions: [UInt64: Answer] = [:]
        var lastQuestion: UInt64 = 0
    }

    /// The channel of the beats: a name that nobody can know, in every encoding the same.
    let channel: ChannelName
    private let state = Locked(State())
    private let wakeUps: [ConnectionRole: EventDescriptor]

    init(wakeUps: [ConnectionRole: EventDescriptor]) {
        var generator = SystemRandomNumberGenerator()
        let name = "trunkline." + String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
        channel = ChannelName(delivered: Array(name.utf8))
        self.wakeUps = wakeUps
    }

    // MARK: for whoever asks

    /// Answers with fresh proof, or as soon as it is known why there is none.
    ///
    /// - Parameter timekeeper: keeps the time within which there is an answer.
    func prove(within limit: Duration, _ timekeeper: Timekeeper, _ answer: @escaping Answer) {
        let question: UInt64? = state.withLock { state in
            if state.vigil.isProven(.now) { return nil }
            state.vigil.ask()
            state.lastQuestion += 1
            state.questions[state.lastQuestion] = answer
            return state.lastQuestion
        }
        guard let question else { return answer(nil) }
        wakeUps[.poster]?.signal()
        timekeeper.schedule(at: .now + limit) { [state] _ in
            state.withLock { $0.questions.removeValue(forKey: question) }?(
                "nothing that was posted has arrived within \(limit)")
            return nil
        }
    }

    /// Readers came where there were none.
    func noteInterest() {
        let mustWake = state.withLock { state in
            state.vigil.noteInterest(.now)
            return !state.isPosterAttentive
        }
        // The listener, too: where there is no poster, it must ask for a sign of life by itself.
        if mustWake { for wakeUp in wakeUps.values { wakeUp.signal() } }
    }

    // MARK: for the poster

    func beginPosting(from processID: Int32) {
        state.withLock { $0.posterProcessID = processID }
    }

    /// The poster's session has ended.
    ///
    /// - Parameter end: one without an answer makes the listener doubt its own server.
    func endPosting(_ end: SessionEnd) {
        state.withLock { state in
            state.posterProcessID = nil
            state.isPosterAttentive = false
            state.vigil.abandonBeat()
            if end.cause == .unanswered || end.cause == .network { state.vigil.doubt(.now) }
        }
        wakeUps[.listener]?.signal()
        answerAll("the poster's connection is lost: \(end.reason)")
    }

    /// When the poster is to look whether a beat is due; `nil` while none is wanted.
    ///
    /// - Parameter isWanted: asked whether somebody reads; whoever begins to after that wakes the poster.
    func nextBeat(isWanted: () -> Bool) -> MonotonicInstant? {
        state.withLock { $0.isPosterAttentive = false }
        let isWanted = isWanted()
        return state.withLock { state in
            let next = state.vigil.nextBeat(isWanted: isWanted, .now)
            state.isPosterAttentive = next != nil
            return next
        }
    }

    /// The beat that is due now, to be posted; `endBeat` follows.
    func beginBeat(isWanted: Bool) -> Post.Item? {
        let number: UInt64? = state.withLock { state in
            let now = MonotonicInstant.now
            return state.vigil.isBeatDue(isWanted: isWanted, now) ? state.vigil.beginBeat(now) : nil
        }
        guard let number else { return nil }
        return Post.Item(channel: channel, payload: Payload(delivered: Array(String(number).utf8)))
    }

    /// What has become of the beat's COMMIT.
    func endBeat(_ result: Result<Void, TrunklineError>) {
        switch result {
        case .success:
            // The listener may sleep without a deadline.
            if state.withLock({ $0.vigil.commitBeat(.now) }) { wakeUps[.listener]?.signal() }
        case .failure(let error):
            state.withLock { $0.vigil.abandonBeat() }
            answerAll("the heartbeat could not be posted: \(error.message)")
        }
    }

    // MARK: for the listener

    func beginListening() {
        state.withLock { $0.vigil.beginSession(.now) }
        wakeUps[.poster]?.signal()
    }

    func endListening(_ reason: String) {
        state.withLock { $0.vigil.endSession() }
        answerAll("the listener's connection is lost: \(reason)")
    }

    /// Takes a notification on the channel of the beats.
    ///
    /// - Returns: the round trip, if that is proof.
    func hear(_ notification: DeliveredNotification) -> Duration? {
        guard let number = UInt64(String(decoding: notification.payload, as: UTF8.self)) else { return nil }
        let roundTrip: Duration? = state.withLock { state in
            // Anybody else's notification proves nothing about a split brain.
            guard notification.processID == state.posterProcessID else { return nil }
            return state.vigil.hear(number, .now)
        }
        if roundTrip != nil { answerAll(nil) }
        return roundTrip
    }

    /// Judges, after all that the socket held was read.
    ///
    /// - Parameter isBehind: the listener still reads what came long before, so that a beat may be late.
    func judge(isBehind: Bool) -> Vigil.Judgement {
        let judgement = state.withLock { $0.vigil.judge(.now, isBehind: isBehind) }
        guard judgement != .none else { return .none }
        answerAll("what was posted has not arrived within \(Vigil.grace) of its COMMIT")
        wakeUps[.poster]?.signal()
        return judgement
    }

    /// When the listener is to judge; `nil` while nothing is to be heard.
    var judgementTime: MonotonicInstant? { state.withLock { $0.vigil.judgementTime } }

    /// When the listener is to ask its server for a sign of life; `nil` while nobody wants to know.
    func nextSign(isWanted: Bool) -> MonotonicInstant? {
        state.withLock { $0.vigil.nextSign(isWanted: isWanted) }
    }

    func noteSign() {
        state.withLock { $0.vigil.noteSign(.now) }
    }

    /// Whether the listener's session was ever proven.
    var wasProven: Bool { state.withLock { $0.vigil.lastProof != nil } }

    /// For how long the listener has heard none of the beats that were committed.
    var silence: Duration {
        state.withLock { $0.vigil.unheardSince.map { .now - $0 } ?? .zero }
    }

    /// Takes a beat that came through a pooler, which may lend servers by the transaction: then it hands over what comes during the
    /// listener's own messages, and nothing else. So only one that was sent after the last of them was answered proves anything.
    ///
    /// - Parameters:
    ///   - lastAnswer: when the last message of the listener was answered; `nil` while one is under way.
    /// - Returns: the round trip, if that is proof.
    func hear(_ notification: DeliveredNotification, pooledSince lastAnswer: MonotonicInstant?) -> Duration? {
        let isProof = state.withLock { state in
            if let lastAnswer, state.vigil.isBeatSent(after: lastAnswer) { return true }
            state.vigil.dismissBeat()
            return false
        }
        return isProof ? hear(notification) : nil
    }

    private func answerAll(_ reason: String?) {
        let answers = state.withLock { state in
            defer { state.questions = [:] }
            return state.questions
        }
        for answer in answers.values { answer(reason) }
    }
}
