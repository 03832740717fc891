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
    private let exchange: Exchange
    private let notifications: [Post.Item]
    private let stage = Atomic(Stage.idle)
    /// Written before the stage.
    private let failure = AtomicLazyReference<Failure>()
    /// Its number among the posts in flight.
    private let number = Atomic(0)

    init(_ parameters: PostParameters, _ exchange: Exchange, hub: Hub, server: ServerState) {
        notifications = parameters.notifications
        self.exchange = exchange
        self.hub = hub
        self.server = server
    }

    func step(_ exchange: Exchange) -> Step {
        switch stage.load(ordering: .acquiring) {
        case .idle: return begin()
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

    private func begin() -> Step {
        do throws(RequestFailure) {
            number.store(try server.beginPost(exchange), ordering: .relaxed)
        } catch {
            return .respond(error.response(to: exchange.request))
        }
        stage.store(.posting, ordering: .relaxed)
        // Readers that asked before, and have not been looked at, are to be there when it comes back. A closure that holds
        // nothing but this object needs no memory of its own.
        exchange.afterTurn { [self] in
            hub.post(notifications) { [self] in end($0) }
        }
        return .park
    }

    private func end(_ result: Result<Void, TrunklineError>) {
        switch result {
        case .success: stage.store(.posted, ordering: .releasing)
        case .failure(let error):
            _ = failure.storeIfNil(Failure(error))
            stage.store(.failed, ordering: .releasing)
        }
        server.endPost(number.load(ordering: .relaxed))
        exchange.wake()
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
