import Logging
import MicroHTTPD
import ServiceLifecycle
import Threads
import Trunkline

/// The server: libmicrohttpd in front of a hub.
package final class Server: Service, Sendable {
    /// What is kept of `drainTimeout` for the ends of what is held, at the most half of it.
    private static let endingTime = Duration.seconds(2)

    private let hub: Hub
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let socket: ListenSocket
    private let state: ServerState
    private let budget: DescriptorBudget
    private let registry: MetricsRegistry

    /// Binds the address; connections are taken once it runs.
    ///
    /// - Parameter registry: what `/metrics` shows: the one that the hub was given.
    /// - Throws: `ListenError` with a sentence when the address cannot be had.
    package init(
        hub: Hub, configuration: ServerConfiguration, logger: Logger, registry: MetricsRegistry = .ofServer()
    ) throws(ListenError) {
        self.hub = hub
        self.registry = registry
        self.configuration = configuration
        self.logger = logger
        socket = try ListenSocket(configuration.listen, keepAlive: configuration.stallTimeout)
        budget = DescriptorBudget(
            descriptorLimit: DescriptorBudget.descriptorLimit,
            workers: configuration.workers, streamThreads: DaemonConfiguration.detachedThreadCount,
            heldMax: configuration.heldMax)
        state = ServerState(heldMax: budget.heldMax)
    }

    /// Where it listens: the host as configured, the port as bound.
    package var address: String {
        let host = configuration.listen.prefix(upTo: configuration.listen.lastIndex(of: ":") ?? configuration.listen.endIndex)
        return "\(host):\(socket.port)"
    }

    /// Serves until its service group shuts down gracefully or its task is cancelled, then drains.
    ///
    /// Every request that is held gets its end, and every post in flight its answer, within `drainTimeout`.
    ///
    /// - Throws: `SystemError` when libmicrohttpd cannot start.
    package func run() async throws {
        let daemon = try makeDaemon()
        logger.info("holding as many requests as descriptors allow", metadata: ["max_held": "\(budget.heldMax)"])
        logger.info("listening on \(address)")
        await untilShutDown()
        await drain(daemon)
    }

    private func makeDaemon() throws(SystemError) -> Daemon {
        let router = Router(
            hub: hub, server: state, configuration: configuration,
            guardian: ForeignSiteGuard(
                listensOnLoopbackOnly: Authority(address)?.isLoopback ?? false,
                allowedHosts: configuration.allowedHosts.compactMap { Authority($0) }, port: socket.port),
            metrics: MetricsPage(hub: hub, server: state, registry: registry, logger: logger))
        return try Daemon(
            listener: socket, configuration: daemonConfiguration, timekeeper: hub.timekeeper,
            log: { [logger] in logger.debug("libmicrohttpd: \($0)") },
            warn: { [logger] in logger.warning("\($0)") },
            refuse: { router.refuse($0, $1) },
            head: { router.judge(head: $0) },
            respond: { _, exchange in router.respond(to: exchange) })
    }

    private var daemonConfiguration: DaemonConfiguration {
        var daemon = DaemonConfiguration()
        daemon.workers = configuration.workers
        daemon.detachesHeld = configuration.detachesHeld
        daemon.headTimeout = configuration.headTimeout
        daemon.bodyTimeout = configuration.bodyTimeout
        daemon.idleTimeout = configuration.idleTimeout
        daemon.stallTimeout = configuration.stallTimeout
        daemon.headByteCountMax = configuration.headBytesMax
        daemon.bodyByteCountMax = configuration.bodyBytesMax
        daemon.connectionsMax = budget.connectionsMax
        daemon.sparesMax = budget.sparesMax
        return daemon
    }

    /// Not ready → `drainDelay` → no new connections → posts in flight finish → held requests end → what still blocks is
    /// shut down.
    private func drain(_ daemon: Daemon) async {
        logger.info("draining", metadata: ["connections": "\(daemon.connectionCount)"])
        state.enter(.leaving)
        await sleep(until: .now + configuration.drainDelay)
        let end = MonotonicInstant.now + configuration.drainTimeout
        daemon.stopAccepting()
        state.enter(.draining)
        // Posts that PostgreSQL does not answer must not take from the others the time to be ended.
        let patience = configuration.drainTimeout - min(Self.endingTime, configuration.drainTimeout / 2)
        let timer = hub.timekeeper.schedule(at: end + (patience - configuration.drainTimeout)) { [state] _ in
            state.giveUpWaitingForPosts()
            return nil
        }
        await state.untilPosted()
        hub.timekeeper.cancel(timer)
        state.enter(.ending)
        state.wakePosts()
        hub.wakeAll()
        await onThread("drain") { [logger] in
            if !daemon.waitUntilEmpty(until: end) {
                logger.warning("shutting down what still blocks", metadata: ["connections": "\(daemon.connectionCount)"])
            }
            daemon.stop()
            if daemon.connectionCount > 0 {
                logger.warning(
                    "connections that would not end are left to the end of the process",
                    metadata: ["connections": "\(daemon.connectionCount)"])
            }
        }
    }

    private func sleep(until instant: MonotonicInstant) async {
        guard instant > .now else { return }
        await withCheckedContinuation { continuation in
            hub.timekeeper.schedule(at: instant) { _ in
                continuation.resume()
                return nil
            }
        }
    }

    /// Runs what blocks on a thread of its own, so that it takes none from the tasks.
    private func onThread(_ name: String, _ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            _ = NamedThread(name) {
                body()
                continuation.resume()
            }
        }
    }
}
