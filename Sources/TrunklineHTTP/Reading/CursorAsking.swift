import HTTPTypes
import MicroHTTPD
import Threads
import Trunkline

/// The responder of `HEAD /wait`: the cursor of this moment, once every LISTEN is confirmed.
///
/// Take the cursor, read your tables, then wait `since` it: no change falls in between.
final class CursorAsking: Responder {
    /// How long PostgreSQL may take to confirm the LISTENs.
    static let confirmationTimeout = Duration.seconds(5)

    private let parameters: WaitParameters
    private let arrival = MonotonicInstant.now
    private let hold: Hold

    init(_ parameters: WaitParameters, hub: Hub, server: ServerState) {
        self.parameters = parameters
        hold = Hold(ReaderKind(.poll), hub: hub, server: server)
    }

    func step(_ exchange: Exchange) -> Step {
        do throws(RequestFailure) {
            if !hold.hasBegun {
                try hold.begin(exchange, parameters.channels, from: .now, announcesArming: true)
                hold.endTime(at: arrival + Self.confirmationTimeout)
            }
            return try look()
        } catch {
            return .respond(error.response(to: exchange.request, PollAnswer.fields))
        }
    }

    func ended() {
        hold.release()
    }

    private func look() throws(RequestFailure) -> Step {
        do throws(TrunklineError) {
            switch try hold.look(countMax: 1) {
            case .armed:
                // Just armed, so that is the present.
                return .respond(PollAnswer(parameters, hold.leavingCursor).head())
            case .failed(let error): throw error
            case .notifications, .gap: preconditionFailure("it is told first that it is armed, and asks no more then")
            case .nothing: break
            }
        } catch {
            throw RequestFailure(error)
        }
        switch hold.rest() {
        case nil: return .park
        case .ending: throw .draining
        case .timeUp, .heartbeat: throw .notConfirmed
        }
    }
}
