import HTTPTypes
import MicroHTTPD
import Threads
import Trunkline

/// The responder of `/wait` with mode=poll: held until there is a notification, or the time is up.
///
/// While it sleeps, it is a waiter in the hub's table and a suspended connection, and nothing else. It is woken by the
/// notification, by its time-out, by the client's leaving or by the drain, and then looks what there is.
final class Polling: Responder, Wakeable {
    /// How long a poll with `timeout=0` waits for PostgreSQL to confirm its LISTEN.
    static let confirmationTimeout = Duration.seconds(1)

    private struct State {
        var reader: ReaderID?
        var timer: Timekeeper.TimerID?
        var exchange: Exchange?
        var isTimeUp = false
        var isHeld = false
        /// The last gap a plain poll was held over.
        var gap: Gap?
    }

    private let hub: Hub
    private let server: ServerState
    private let parameters: WaitParameters
    private let arrival = MonotonicInstant.now
    private let state = Locked(State())

    init(_ parameters: WaitParameters, hub: Hub, server: ServerState) {
        self.parameters = parameters
        self.hub = hub
        self.server = server
    }

    func step(_ exchange: Exchange) -> Step {
        do throws(RequestFailure) {
            if let reader = state.withLock({ $0.reader }) { return try look(reader) }
            return try look(begin(exchange))
        } catch {
            return .respond(error.response(to: exchange.request, WaitAnswer.fields))
        }
    }

    func wake() {
        state.withLock { $0.exchange }?.wake()
    }

    func ended() {
        let (reader, timer, isHeld) = state.withLock { state in
            defer { state = State() }
            return (state.reader, state.timer, state.isHeld)
        }
        if let timer { hub.timekeeper.cancel(timer) }
        if let reader { hub.detach(reader) }
        if isHeld { server.releaseHeld() }
    }

    private var isImmediate: Bool { parameters.timeout == .zero }

    private func begin(_ exchange: Exchange) throws(RequestFailure) -> ReaderID {
        try server.takeHeld()
        state.withLock { state in
            state.isHeld = true
            state.exchange = exchange
        }
        let reader: ReaderID
        do throws(TrunklineError) {
            reader = try hub.attach(parameters.channels, from: .now, announcesArming: isImmediate, owner: self)
        } catch {
            throw RequestFailure(error)
        }
        state.withLock { $0.reader = reader }
        if let timeout = parameters.timeout {
            let end = arrival + (isImmediate ? Self.confirmationTimeout : timeout)
            let timer = hub.timekeeper.schedule(at: end) { [weak self] _ in
                self?.endTime(reader)
                return nil
            }
            state.withLock { $0.timer = timer }
        }
        return reader
    }

    private func endTime(_ reader: ReaderID) {
        state.withLock { $0.isTimeUp = true }
        hub.wake(reader)
    }

    private func look(_ reader: ReaderID) throws(RequestFailure) -> Step {
        while true {
            switch try next(reader) {
            case .notifications(let entries, _): return .respond(WaitAnswer.notifications(entries, parameters, gap))
            case .armed: state.withLock { $0.isTimeUp = true }
            // It waits for a payload, and this is none: the answer that has one will tell.
            case .gap(let gap): state.withLock { $0.gap = gap }
            case .failed(let error): throw RequestFailure(error)
            case .nothing: return try rest(reader)
            }
        }
    }

    private func next(_ reader: ReaderID) throws(RequestFailure) -> ChannelTable<any Wakeable>.Look {
        do throws(TrunklineError) {
            return try hub.look(reader, countMax: parameters.limit ?? 1, parks: true)
        } catch {
            throw RequestFailure(error)
        }
    }

    private var gap: Gap? { state.withLock { $0.gap } }

    /// Sleeps, unless it has become time to end since the last wake-up: that is asked after parking, so no wake-up is lost.
    private func rest(_ reader: ReaderID) throws(RequestFailure) -> Step {
        let isEnding = server.phase == .ending
        guard isEnding || state.withLock({ $0.isTimeUp }) else { return .park }
        // Not parked any more: somebody has claimed it and will wake it, to look once more.
        guard hub.unpark(reader) else { return .park }
        if isEnding { throw .draining }
        return .respond(WaitAnswer.nothing(gap))
    }
}
