import HTTPTypes
import MicroHTTPD
import Threads
import Trunkline

/// The responder of `/wait` with mode=stream and mode=sse, until the head of its answer leaves; then comes a `StreamBody`.
final class Streaming: Responder {
    /// How long PostgreSQL may take to confirm the LISTENs.
    static let confirmationTimeout = Duration.seconds(15)

    private let parameters: WaitParameters
    private let format: StreamFormat
    private let heartbeat: Duration
    private let arrival = MonotonicInstant.now
    private let hold: Hold

    init(_ parameters: WaitParameters, heartbeat: Duration, hub: Hub, server: ServerState) {
        self.parameters = parameters
        self.heartbeat = heartbeat
        format = StreamFormat(parameters)
        hold = Hold(ReaderKind(parameters.mode), hub: hub, server: server)
    }

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

    var waitsLong: Bool { true }

    private func begin(_ exchange: Exchange) throws(RequestFailure) {
        try hold.begin(
            exchange, parameters.channels, from: parameters.start.inTable(askedBy: exchange.arrival), announcesArming: true)
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
            var headers = PollAnswer.fields
            headers[.contentType] = format.contentType
            return .stream(StreamResponse(headers: headers, stream: body(from: cursor)))
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

    private func body(from cursor: Cursor?) -> StreamBody {
        hold.restartTime(endingAt: parameters.timeout.map { arrival + $0 })
        let body = StreamBody(
            format, limit: parameters.limit, prologue: format.prologue(cursor, parameters.channels), heartbeat: heartbeat, hold)
        body.start()
        return body
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
}
