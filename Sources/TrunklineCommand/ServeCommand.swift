import ArgumentParser
import FoundationEssentials
import Logging
import ServiceLifecycle
import Threads
import Trunkline
import TrunklineHTTP

/// `trunkline serve`: runs the server until a signal ends it.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve /wait and /post until SIGTERM or SIGINT.",
        discussion: """
            Every flag has an environment variable of the same name, which the flag overrides: --post-timeout is \
            TRUNKLINE_POST_TIMEOUT. The first SIGTERM or SIGINT lets what is in flight finish, the second ends at once.
            """
    )

    @OptionGroup var settings: Settings

    /// Checks every setting, wherever it comes from, so that a wrong one is told like a wrong flag.
    ///
    /// - Throws: a sentence about the first one; exit code 64.
    func validate() throws {
        _ = try configuration()
    }

    /// Serves until a signal.
    ///
    /// - Throws: `ExitCode` of an `ExitStatus`; what was wrong is logged.
    func run() throws {
        // Before anything starts a thread: threads inherit the mask.
        TerminationSignals.block()
        MemoryArenas.limitByProcessors()
        HugePages.decline()
        let configuration = try configuration()
        let logger = Logger(label: "trunkline") { _ in StandardErrorLog(level: configuration.logLevel) }
        DescriptorLimit.raise(logger)
        let registry = MetricsRegistry.ofServer()
        let hub = try makeHub(configuration, logger, registry)
        let server = try makeServer(hub, configuration.server, logger, registry)
        try serve(hub, server, logger)
    }

    private func configuration() throws -> ServeConfiguration {
        try ServeConfiguration(settings, environment: ProcessInfo.processInfo.environment)
    }

    private func makeHub(
        _ configuration: ServeConfiguration, _ logger: Logger, _ registry: MetricsRegistry
    ) throws -> Hub {
        do {
            return try Hub(
                database: configuration.database, configuration: configuration.hub, logger: logger, metrics: registry)
        } catch {
            logger.critical("\(error)")
            throw ExitStatus(of: error, otherwise: .failed).code
        }
    }

    private func makeServer(
        _ hub: Hub, _ configuration: ServerConfiguration, _ logger: Logger, _ registry: MetricsRegistry
    ) throws -> Server {
        do {
            return try Server(hub: hub, configuration: configuration, logger: logger, registry: registry)
        } catch {
            logger.critical("cannot serve on \(configuration.listen): \(error); choose another address with --listen")
            throw ExitStatus(of: error, otherwise: .cannotListen).code
        }
    }

    private func serve(_ hub: Hub, _ server: Server, _ logger: Logger) throws {
        // Shut down in the reverse order: the server answers all it holds while the hub still lives.
        let services: [any Service] = [hub, server]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup) },
                logger: logger))
        TerminationSignals.watch { signal in
            logger.notice("stopping; a second signal ends at once", metadata: ["signal": "\(signal)"])
            Task { await group.triggerGracefulShutdown() }
        }
        do {
            try MainThread.wait { try await group.run() }
            logger.notice("stopped")
        } catch {
            logger.critical("\(error)")
            throw ExitStatus(of: error, otherwise: .failed).code
        }
    }
}
