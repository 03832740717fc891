import HTTPTypes
import MicroHTTPD
import Threads
import Trunkline

/// The responder of `/post`: posts, sleeps until COMMIT, and answers.
final class Posting: Responder {
    private enum State {
        case idle
        case posting
        case posted(Result<Void, TrunklineError>)
    }

    private let hub: Hub
    private let server: ServerState
    private let notifications: [Post.Item]
    private let state = Locked(State.idle)

    init(_ parameters: PostParameters, hub: Hub, server: ServerState) {
        notifications = parameters.notifications
        self.hub = hub
        self.server = server
    }

    func step(_ exchange: Exchange) -> Step {
        let found = state.withLock { state in
            defer { if case .idle = state { state = .posting } }
            return state
        }
        switch found {
        case .idle: return begin(exchange)
        case .posting:
            guard server.phase == .ending else { return .park }
            return .respond(RequestFailure.unknownAtEnd.response(to: exchange.request))
        case .posted(.success): return .respond(answer(to: exchange.request))
        case .posted(.failure(let error)): return .respond(RequestFailure(error).response(to: exchange.request))
        }
    }

    /// A client that leaves does not take its post back: it was sent, and the next one waits for its turn all the same.
    func ended() {}

    private func begin(_ exchange: Exchange) -> Step {
        let number: Int
        do throws(RequestFailure) {
            number = try server.beginPost(exchange)
        } catch {
            return .respond(error.response(to: exchange.request))
        }
        hub.post(notifications) { [state, server] result in
            state.withLock { $0 = .posted(result) }
            server.endPost(number)
            exchange.wake()
        }
        return .park
    }

    private func answer(to request: Request) -> Response {
        guard AcceptHeader(request).prefersJSON else { return Self.plain }
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: Array("{\"posted\":\(notifications.count)}\n".utf8))
    }

    /// The usual answer, made once: libmicrohttpd may send one response any number of times.
    private static let plain = Response(status: .ok, headers: [.cacheControl: "no-store"])
}
