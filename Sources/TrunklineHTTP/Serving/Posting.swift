import HTTPTypes
import MicroHTTPD
import Synchronization
import Trunkline

/// The responder of `/post`: posts, sleeps until COMMIT, and answers.
final class Posting: Responder {
    /// How far a post has come, for its worker and whoever answers it.
    private enum Stage: UInt8, AtomicRepresentable {
        case idle
        case posting
        case posted
        case failed
    }

    private final class Failure: Sendable {
        let error: TrunklineError

        init(_ error: TrunklineError) { self.error = error }
    }

    private let hub: Hub
    private let server: ServerState
    private let notifications: [Post.Item]
    private let stage = Atomic(Stage.idle)
    /// Written before the stage.
    private let failure = AtomicLazyReference<Failure>()

    init(_ parameters: PostParameters, hub: Hub, server: ServerState) {
        notifications = parameters.notifications
        self.hub = hub
        self.server = server
    }

    func step(_ exchange: Exchange) -> Step {
        switch stage.load(ordering: .acquiring) {
        case .idle: return begin(exchange)
        case .posting:
            guard server.phase == .ending else { return .park }
            return .respond(RequestFailure.unknownAtEnd.response(to: exchange.request))
        case .posted: return .respond(answer(to: exchange.request))
        case .failed:
            guard let failure = failure.load() else { preconditionFailure("a post fails for a reason") }
            return .respond(RequestFailure(failure.error).response(to: exchange.request))
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
        stage.store(.posting, ordering: .relaxed)
        // Readers that asked before, and have not been looked at, are to be there when it comes back.
        exchange.afterTurn { [self] in
            hub.post(notifications) { [self] result in
                note(result)
                server.endPost(number)
                exchange.wake()
            }
        }
        return .park
    }

    private func note(_ result: Result<Void, TrunklineError>) {
        if case .failure(let error) = result { _ = failure.storeIfNil(Failure(error)) }
        stage.store(failure.load() == nil ? .posted : .failed, ordering: .releasing)
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
