import HTTPTypes
import MicroHTTPD
import Threads
import Trunkline

/// The responder of `/wait` with mode=stream and mode=sse: reads on from its cursor whenever the client can take more.
///
/// It keeps no queue: what it has not written yet is in the channels' history, shared with all others, except the frames
/// that fit into one write.
final class Streaming: Responder, ResponseStream {
    /// How long PostgreSQL may take to confirm the LISTENs.
    static let confirmationTimeout = Duration.seconds(15)

    private struct State {
        var buffer = StreamBuffer()
        /// Notifications written so far.
        var count = 0
        /// Nothing follows what is in the buffer.
        var isEnded = false
        var lastSent = MonotonicInstant.now
    }

    private let parameters: WaitParameters
    private let format: StreamFormat
    private let heartbeat: Duration
    private let arrival = MonotonicInstant.now
    private let hold: Hold
    private let state = Locked(State())

    init(_ parameters: WaitParameters, heartbeat: Duration, hub: Hub, server: ServerState) {
        self.parameters = parameters
        self.heartbeat = heartbeat
        format = StreamFormat(parameters)
        hold = Hold(ReaderKind(parameters.mode), hub: hub, server: server)
    }

    // MARK: until the head has left

    func step(_ exchange: Exchange) -> Step {
        do throws(RequestFailure) {
            if !hold.hasBegun { try begin(exchange) }
            return try open()
        } catch {
            return .respond(refusal(error, exchange))
        }
    }

    func ended() {
        hold.release()
    }

    private func begin(_ exchange: Exchange) throws(RequestFailure) {
        try hold.begin(exchange, parameters.channels, from: parameters.start.inTable(), announcesArming: true)
        // A short time-out ends the stream, but not before it could begin.
        let patience = max(parameters.timeout ?? Self.confirmationTimeout, Polling.confirmationTimeout)
        hold.endTime(at: arrival + min(Self.confirmationTimeout, patience))
    }

    /// The head leaves when every LISTEN is confirmed: who has seen it misses nothing that is posted from then on.
    private func open() throws(RequestFailure) -> Step {
        let look: ChannelTable<any Wakeable>.Look
        do throws(TrunklineError) {
            look = try hold.look(countMax: 1)
        } catch {
            throw RequestFailure(error)
        }
        switch look {
        case .armed(let cursor):
            begin(at: cursor)
            var headers = PollAnswer.fields
            headers[.contentType] = format.contentType
            return .stream(StreamResponse(headers: headers, stream: self))
        case .failed(let error): throw RequestFailure(error)
        case .notifications, .gap: preconditionFailure("a stream is told first that it is armed")
        case .nothing:
            switch hold.rest() {
            case nil: return .park
            case .ending: throw .draining
            case .timeUp, .heartbeat:
                if MonotonicInstant.now - arrival >= Self.confirmationTimeout { throw .notConfirmed }
                return .respond(format.isOfEvents ? returning : PollAnswer(parameters, hold.leavingCursor).nothing())
            }
        }
    }

    private func begin(at cursor: Cursor?) {
        hold.restartTime(endingAt: parameters.timeout.map { arrival + $0 })
        state.withLock { $0.buffer.append(format.prologue(cursor, parameters.channels)) }
        guard format != .lines else { return }
        hold.beat(every: heartbeat) { [state] in state.withLock { $0.lastSent } }
    }

    /// An `EventSource` gives up for good on anything but 200: what passes by itself is a 200 that asks it to come back.
    private func refusal(_ failure: RequestFailure, _ exchange: Exchange) -> Response {
        format.isOfEvents && failure.isPassing ? returning : failure.response(to: exchange.request, PollAnswer.fields)
    }

    /// 200, and come back.
    private var returning: Response {
        var headers = PollAnswer.fields
        headers[.contentType] = format.contentType
        headers[.connection] = "close"
        return Response(status: .ok, headers: headers, body: format.farewell())
    }

    // MARK: the body

    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep {
        while true {
            let (count, isEnded) = state.withLock { state in
                let count = state.buffer.write(into: buffer)
                if count > 0 { state.lastSent = .now }
                return (count, state.isEnded)
            }
            if count > 0 { return .wrote(count) }
            if isEnded { return .end }
            if !gather(byteCountMax: buffer.count) { return .waiting }
        }
    }

    /// Puts what comes next into the buffer.
    ///
    /// - Returns: false when there is nothing, and the reader is parked.
    private func gather(byteCountMax: Int) -> Bool {
        let left = parameters.limit.map { limit in limit - state.withLock { $0.count } } ?? .max
        do throws(TrunklineError) {
            switch try hold.look(countMax: left, byteCountMax: byteCountMax) {
            case .notifications(let entries, _):
                let frames = entries.map { format.frame($0) }
                state.withLock { state in
                    for frame in frames { state.buffer.append(frame) }
                    state.count += frames.count
                    if frames.count >= left { state.isEnded = true }
                }
            case .gap(let gap): put(format.frame(gap) ?? [], isLast: format == .lines)
            case .failed, .armed: put([], isLast: true)
            case .nothing:
                switch hold.rest() {
                case nil: return false
                case .timeUp: put([], isLast: true)
                case .heartbeat: put(format.heartbeat(hold.leavingCursor), isLast: false)
                case .ending: put(format.farewell(), isLast: true)
                }
            }
        } catch {
            put(format.farewell(), isLast: true)
        }
        return true
    }

    private func put(_ frame: [UInt8], isLast: Bool) {
        state.withLock { state in
            state.buffer.append(frame)
            if isLast { state.isEnded = true }
        }
    }
}
