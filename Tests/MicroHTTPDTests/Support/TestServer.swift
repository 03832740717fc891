import Glibc
import HTTPTypes
import MicroHTTPD
import Threads

/// A daemon on a free port, with a responder for each path.
final class TestServer {
    typealias Respond = @Sendable (Request, Exchange) -> any Responder

    /// All ways of holding pass the same tests: `.ci/run` has them run with `false`, too, and with `at-once`.
    private static let detaching = getenv("TRUNKLINE_TEST_DETACH_HELD").map { String(cString: $0) } ?? "true"
    static let detachesHeld = detaching != "false"

    let daemon: Daemon
    let port: UInt16
    let timekeeper: Timekeeper
    /// The sockets bound to its port that are there without a client: the listener.
    let idleSocketCount = 1
    let log = Recorder<String>()
    let warnings = Recorder<String>()
    /// The targets of the requests that reached a responder.
    let served = Recorder<String>()
    /// The responders that were told `ended()`, by target.
    let ended = Recorder<String>()
    /// Let go of with the server: it may keep exchanges, and through its connection each of them keeps what serves it.
    private let respond: Locked<Respond?>

    init(
        _ configuration: DaemonConfiguration = DaemonConfiguration(), isDetaching: Bool = TestServer.detachesHeld,
        head: @escaping @Sendable (Request) -> Response? = { _ in nil },
        respond: @escaping Respond
    ) throws {
        let respond = Locked<Respond?>(respond)
        self.respond = respond
        timekeeper = try Timekeeper()
        let listener = try ListenSocket("127.0.0.1:0")
        var configuration = configuration
        configuration.detachesHeld = isDetaching
        if Self.detaching == "at-once", configuration.settleTime == DaemonConfiguration().settleTime {
            configuration.settleTime = .zero
        }
        port = listener.port
        daemon = try Daemon(
            listener: listener, configuration: configuration, timekeeper: timekeeper,
            log: { [log] in log.record($0) }, warn: { [warnings] in warnings.record($0) },
            refuse: { _, refusal in TestServer.answer(to: refusal) },
            head: head,
            respond: { [served] request, exchange in
                served.record(String(decoding: request.target, as: UTF8.self))
                return respond.withLock { $0 }?(request, exchange) ?? StepResponder { _ in .close }
            })
    }

    deinit {
        daemon.stop()
        timekeeper.stop()
        _ = respond.withLock { $0.take() }
    }

    func connect() throws -> RawClient { try RawClient(port: port) }

    /// A server that answers each request with its target, or echoes the body.
    static func echo(_ configuration: DaemonConfiguration = DaemonConfiguration()) throws -> TestServer {
        try TestServer(configuration) { request, _ in
            StepResponder { _ in
                .respond(Response(status: .ok, body: request.hasBody ? request.body : request.target))
            }
        }
    }

    private static func answer(to refusal: Refusal) -> Response {
        switch refusal {
        case .malformed(let sentence): Response(status: .badRequest, body: Array(sentence.utf8))
        case .headTooLarge: Response(status: .requestHeaderFieldsTooLarge, body: Array("head".utf8))
        case .targetTooLong: Response(status: .uriTooLong, body: Array("target".utf8))
        case .bodyTooLarge: Response(status: .contentTooLarge, body: Array("body".utf8))
        }
    }
}
