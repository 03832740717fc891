import HTTPTypes
import MicroHTTPD
import Threads
import Trunkline

/// The responder of `/wait` with mode=poll: held until there is a notification, or the time is up.
final class Polling: Responder {
    /// How long a poll with `timeout=0` waits for PostgreSQL to confirm its LISTEN.
    static let confirmationTimeout = Duration.seconds(1)

    /// An answer ends with the notification that reaches so many bytes: the cursor goes on from there, and thousands of slow
    /// clients do not fill the memory.
    static let byteCountMax = 256 << 10

    private let parameters: WaitParameters
    private let arrival = MonotonicInstant.now
    private let hold: Hold

    init(_ parameters: WaitParameters, hub: Hub, server: ServerState) {
        self.parameters = parameters
        hold = Hold(ReaderKind(parameters.mode), hub: hub, server: server)
    }

    func step(_ exchange: Exchange) -> Step {
        do throws(RequestFailure) {
            if !hold.hasBegun { try begin(exchange) }
            return try look()
        } catch {
            return .respond(error.response(to: exchange.request, PollAnswer.fields))
        }
    }

    func ended() {
        hold.release()
    }

    var expectsNext: Bool { true }

    var waitsLong: Bool { true }

    private var isImmediate: Bool { parameters.timeout == .zero }

    private func begin(_ exchange: Exchange) throws(RequestFailure) {
        try hold.begin(
            exchange, parameters.channels, from: parameters.start.inTable(askedBy: exchange.arrival),
            announcesArming: isImmediate)
        if let timeout = parameters.timeout {
            hold.endTime(at: arrival + (isImmediate ? Self.confirmationTimeout : timeout))
        }
    }

    private func look() throws(RequestFailure) -> Step {
        while true {
            switch try next() {
            case .notifications(let entries, let cursor):
                return .respond(PollAnswer(parameters, cursor).notifications(entries, after: hold.gap))
            case .gap(let gap):
                if parameters.start != .now || parameters.format == .json {
                    return .respond(PollAnswer(parameters, gap.id).gap(gap))
                }
                // It waits for a payload, and this is none: the answer that has one will tell.
                hold.gap = gap
            // Confirmed: what there is is there, and nobody waits for more.
            case .armed: hold.endTimeNow()
            case .failed(let error): throw RequestFailure(error)
            case .nothing:
                switch hold.rest() {
                case nil: return .park
                case .ending: throw .draining
                case .timeUp, .heartbeat:
                    // What is kept is there, even if it is not known what has come since.
                    if hold.stopAnnouncing() { continue }
                    let answer = PollAnswer(parameters, hold.leavingCursor)
                    return .respond(answer.nothing(after: hold.gap, isComplete: hold.isComplete))
                }
            }
        }
    }

    private func next() throws(RequestFailure) -> ChannelTable<any Wakeable>.Look {
        do throws(TrunklineError) {
            return try hold.look(countMax: parameters.limit ?? 1, byteCountMax: Self.byteCountMax)
        } catch {
            throw RequestFailure(error)
        }
    }
}
