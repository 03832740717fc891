import MicroHTTPD
import Threads
import Trunkline

/// The responder of `/readyz`: 200 only on fresh proof that what is posted arrives, else 503 with the reason in words.
final class Readiness: Responder {
    private enum State {
        case idle
        case asking
        case answered(String?)
    }

    private let hub: Hub
    private let server: ServerState
    private let ready: Response
    private let state = Locked(State.idle)

    /// - Parameter ready: the answer on proof.
    init(hub: Hub, server: ServerState, ready: Response) {
        self.hub = hub
        self.server = server
        self.ready = ready
    }

    func step(_ exchange: Exchange) -> Step {
        // While it drains, nobody is to be sent here, whatever is proven.
        guard server.phase == .serving else { return .respond(RequestFailure.draining.response(to: exchange.request)) }
        let found = state.withLock { state in
            defer { if case .idle = state { state = .asking } }
            return state
        }
        switch found {
        case .idle:
            hub.prove { [state] reason in
                state.withLock { $0 = .answered(reason) }
                exchange.wake()
            }
            return .park
        case .asking: return .park
        case .answered(nil): return .respond(ready)
        case .answered(let reason?):
            return .respond(
                RequestFailure(.serviceUnavailable, "not ready: \(reason)").response(
                    to: exchange.request, [.cacheControl: "no-store"]))
        }
    }

    func ended() {}
}
