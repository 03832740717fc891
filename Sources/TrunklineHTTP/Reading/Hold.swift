import MicroHTTPD
import Threads
import Trunkline

/// What a held request holds: its place among the held, its reader in the hub, and its timers. Given back exactly once.
///
/// While it sleeps, it is a waiter in the hub's table and a suspended connection, and nothing else. It is woken by a
/// notification, by its time-out, by the drain; then its responder looks again.
final class Hold: Wakeable {
    /// What has ended a sleep without anything to read.
    enum Interruption {
        /// The time-out of the request, or of its LISTEN, has passed.
        case timeUp
        /// The stream has been silent for long enough.
        case heartbeat
        /// The server ends what it holds.
        case ending
    }

    private struct State {
        var reader: ReaderID?
        var waker: Exchange.Waker?
        var timer: Timekeeper.TimerID?
        var heartbeat: Timekeeper.TimerID?
        var isHeld = false
        var isTimeUp = false
        var isHeartbeatDue = false
        var gap: Gap?
    }

    let hub: Hub
    private let kind: ReaderKind
    private let server: ServerState
    private let state = Locked(State())

    init(_ kind: ReaderKind, hub: Hub, server: ServerState) {
        self.kind = kind
        self.hub = hub
        self.server = server
    }

    /// Takes a place and adds the reader; `release()` gives back what was taken, also after an error.
    func begin(
        _ exchange: Exchange, _ channels: [ChannelName], from start: ChannelTable<any Wakeable>.Start, announcesArming: Bool
    ) throws(RequestFailure) {
        try server.takeHeld()
        state.withLock { state in
            state.isHeld = true
            state.waker = exchange.waker
        }
        do throws(TrunklineError) {
            let reader = try hub.attach(channels, from: start, announcesArming: announcesArming, kind: kind, owner: self)
            state.withLock { $0.reader = reader }
        } catch {
            throw RequestFailure(error)
        }
    }

    /// Whether the time of the request has passed.
    var isTimeUp: Bool { state.withLock { $0.isTimeUp } }

    var hasBegun: Bool { state.withLock { $0.waker != nil } }

    /// Interrupts with `timeUp` at `instant`. Before it has begun, or after `restartTime`.
    func endTime(at instant: MonotonicInstant) {
        // Whoever began is told of the end, and cancels the timer then.
        let timer = hub.timekeeper.schedule(at: instant) { [self] _ in
            interrupt { $0.isTimeUp = true }
            return nil
        }
        state.withLock { $0.timer = timer }
    }

    /// The time is up; only for the responder itself, which looks again anyway.
    func endTimeNow() {
        state.withLock { $0.isTimeUp = true }
    }

    /// Forgets the time that was set, and sets another, or none.
    func restartTime(endingAt instant: MonotonicInstant?) {
        let timer = state.withLock { state in
            defer { (state.timer, state.isTimeUp) = (nil, false) }
            return state.timer
        }
        if let timer { hub.timekeeper.cancel(timer) }
        if let instant { endTime(at: instant) }
    }

    /// Runs `beat` at `instant`, and whenever it says; until the release.
    func scheduleHeartbeat(at instant: MonotonicInstant, _ beat: @escaping Timekeeper.TimedAction) {
        let timer = hub.timekeeper.schedule(at: instant, beat)
        state.withLock { $0.heartbeat = timer }
    }

    /// Interrupts with `heartbeat`.
    func noteSilence() {
        interrupt { $0.isHeartbeatDue = true }
    }

    /// The last gap that it was held over.
    var gap: Gap? {
        get { state.withLock { $0.gap } }
        set { state.withLock { $0.gap = newValue } }
    }

    /// What there is for the reader; if nothing, it is parked, and `rest()` follows.
    func look(countMax: Int, byteCountMax: Int = .max) throws(TrunklineError) -> ChannelTable<any Wakeable>.Look {
        guard let reader = state.withLock({ $0.reader }) else { return .nothing }
        return try hub.look(reader, countMax: countMax, byteCountMax: byteCountMax, parks: true)
    }

    /// Why the reader that has just been parked is not to sleep; `nil` when it sleeps. Asked after parking, so that no interruption
    /// is lost.
    func rest() -> Interruption? {
        let isEnding = server.phase == .ending
        let (reader, isTimeUp, isHeartbeatDue) = state.withLock { ($0.reader, $0.isTimeUp, $0.isHeartbeatDue) }
        guard let reader, isEnding || isTimeUp || isHeartbeatDue else { return nil }
        // Not parked any more: somebody has claimed it and will wake it, to look once more.
        guard hub.unpark(reader) else { return nil }
        if isEnding { return .ending }
        if isTimeUp { return .timeUp }
        state.withLock { $0.isHeartbeatDue = false }
        return .heartbeat
    }

    /// The cursor for a client that leaves with nothing more.
    var leavingCursor: Cursor {
        state.withLock { $0.reader }.flatMap { hub.leavingCursor(of: $0) } ?? Cursor.ofNoRun
    }

    /// Is content with what there is, whether all channels are confirmed or not.
    ///
    /// - Returns: whether it had waited for that.
    func stopAnnouncing() -> Bool {
        state.withLock { $0.reader }.map { hub.stopAnnouncing($0) } ?? false
    }

    /// Whether it is known that the cursor the client brought still holds.
    var isComplete: Bool { state.withLock { $0.reader }.map { hub.isComplete($0) } ?? false }

    func wake() {
        state.withLock { $0.waker }?.wake()
    }

    func release() {
        let held = state.withLock { state in
            defer { state = State() }
            return state
        }
        for timer in [held.timer, held.heartbeat] { if let timer { hub.timekeeper.cancel(timer) } }
        if let reader = held.reader { hub.detach(reader) }
        if held.isHeld { server.releaseHeld() }
    }

    private func interrupt(_ note: (inout State) -> Void) {
        let reader = state.withLock { state in
            note(&state)
            return state.reader
        }
        if let reader { hub.wake(reader) }
    }
}
