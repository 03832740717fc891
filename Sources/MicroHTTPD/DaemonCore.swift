import Synchronization
import Threads

/// What libmicrohttpd's callbacks share: the closure (`cls`) of each of them.
final class DaemonCore: Sendable {
    let configuration: DaemonConfiguration
    let deadlines: DeadlineSettings
    let timekeeper: Timekeeper
    let lingerer: Lingerer
    /// `nil` if libmicrohttpd serves everything itself.
    let engine: DetachedEngine?
    let registry: ConnectionRegistry
    let crowding: Crowding
    let log: @Sendable (String) -> Void
    /// Of descriptors.
    let shortage: Shortage
    /// Connections that are given away and still have libmicrohttpd's descriptor, too.
    let departing = Atomic<Int>(0)
    let refuse: @Sendable (Request, Refusal) -> Response
    let head: @Sendable (Request) -> Response?
    let respond: @Sendable (Request, Exchange) -> any Responder
    private let draining = Atomic(false)

    init(
        configuration: DaemonConfiguration, timekeeper: Timekeeper, lingerer: Lingerer, engine: DetachedEngine?,
        log: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void,
        refuse: @escaping @Sendable (Request, Refusal) -> Response,
        head: @escaping @Sendable (Request) -> Response?,
        respond: @escaping @Sendable (Request, Exchange) -> any Responder
    ) {
        self.configuration = configuration
        deadlines = DeadlineSettings(configuration)
        self.timekeeper = timekeeper
        registry = ConnectionRegistry(countMax: configuration.connectionsMax)
        crowding = Crowding(
            registry: registry, connectionsMax: configuration.connectionsMax, timekeeper: timekeeper)
        self.lingerer = lingerer
        self.engine = engine
        self.log = log
        shortage = Shortage(warn: warn)
        self.refuse = refuse
        self.head = head
        self.respond = respond
    }

    /// Whether a connection is kept for another request after its answer.
    var isKeepingConnections: Bool { !isDraining && !crowding.isCrowded }

    /// Whether no connection is kept for another request any more.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    func drain() {
        draining.store(true, ordering: .relaxed)
    }
}
