import CMicroHTTPD
import Glibc
import Threads

/// An HTTP server: libmicrohttpd with its epoll workers, made safe to park thousands of requests in.
///
/// Requests are answered by responders, in steps; deadlines, vanished clients, framing and limits are seen to here. It serves
/// from `init` until `stop()`, which must be called.
package final class Daemon: Sendable {
    private enum Phase { case accepting, draining, stopped }

    private let core: DaemonCore
    private let listener: ListenSocket
    private let workers: [Worker]
    private let phase = Locked(Phase.accepting)
    private let emptied: EventDescriptor

    /// Starts serving.
    ///
    /// Ignores SIGPIPE in the whole process: a client that leaves must not end it.
    ///
    /// - Parameters:
    ///   - log: gets libmicrohttpd's own lines, from its threads.
    ///   - warn: gets what an operator should know.
    ///   - refuse: the answer to a request that is refused here. The connection is closed after it.
    ///   - head: judges a request by its head, before the body is read; an answer is sent at once, and closes the connection if
    ///     there is a body. `nil` goes on.
    ///   - respond: makes the responder of a complete request.
    /// - Throws: `SystemError` without descriptors or memory for it.
    package convenience init(
        listener: ListenSocket, configuration: DaemonConfiguration = DaemonConfiguration(), timekeeper: Timekeeper,
        log: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void,
        refuse: @escaping @Sendable (Request, Refusal) -> Response,
        head: @escaping @Sendable (Request) -> Response? = { _ in nil },
        respond: @escaping @Sendable (Request, Exchange) -> any Responder
    ) throws(SystemError) {
        var configuration = configuration
        if configuration.detachesHeld, !DetachingProbe.isPassed {
            log("streams and held requests are left to libmicrohttpd, which does not let go of connections as it should")
            configuration.detachesHeld = false
        }
        try self.init(
            unprobed: listener, configuration, timekeeper, log: log, warn: warn, refuse: refuse, head: head, respond: respond)
    }

    /// As above, without trying out whether clients can be detached.
    init(
        unprobed listener: ListenSocket, _ configuration: DaemonConfiguration, _ timekeeper: Timekeeper,
        log: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void,
        refuse: @escaping @Sendable (Request, Refusal) -> Response,
        head: @escaping @Sendable (Request) -> Response?,
        respond: @escaping @Sendable (Request, Exchange) -> any Responder
    ) throws(SystemError) {
        signal(SIGPIPE, SIG_IGN)
        emptied = try EventDescriptor()
        let lingerer = try Lingerer(countMax: configuration.sparesMax)
        let engine: DetachedEngine?
        do throws(SystemError) {
            engine =
                configuration.detachesHeld
                ? try DetachedEngine(stall: configuration.stallTimeout, checkInterval: configuration.checkInterval) : nil
        } catch {
            lingerer.stop()
            throw error
        }
        core = DaemonCore(
            configuration: configuration, timekeeper: timekeeper, lingerer: lingerer, engine: engine, log: log, warn: warn,
            refuse: refuse, head: head, respond: respond)
        self.listener = listener
        do throws(SystemError) {
            workers = try Self.makeWorkers(core: core, listener: listener.descriptor)
        } catch {
            engine?.stop()
            lingerer.stop()
            throw error
        }
        core.registry.onRoom { [workers] in for worker in workers { worker.nudge() } }
        for worker in workers { worker.start() }
    }

    private static func makeWorkers(core: DaemonCore, listener: Int32) throws(SystemError) -> [Worker] {
        let count = core.configuration.workers
        var workers: [Worker] = []
        for number in 0..<count {
            do throws(SystemError) {
                workers.append(try Worker(number, core: core, listener: listener))
            } catch {
                for worker in workers { worker.stop() }
                throw error
            }
        }
        return workers
    }

    /// Connections that are there, idle ones included.
    package var connectionCount: Int { core.registry.count }

    /// No new connections: they are refused by the kernel. Those that wait for a request, or for the rest of
    /// its head, are closed; every answer from now on closes its own.
    package func stopAccepting() {
        let isFirst = phase.withLock { phase in
            defer { if phase == .accepting { phase = .draining } }
            return phase == .accepting
        }
        guard isFirst else { return }
        core.drain()
        // Has all workers look, and leave it alone from now on.
        shutdown(listener.descriptor, Int32(SHUT_RDWR))
        for connection in core.registry.all { connection.shutDownIfIdle() }
    }

    /// Sleeps until no connection is left.
    ///
    /// - Returns: false when `deadline` came first.
    package func waitUntilEmpty(until deadline: MonotonicInstant) -> Bool {
        core.registry.waitUntilEmpty(wakeUp: emptied, until: deadline)
    }

    /// Ends every connection that is still there, and every one that may still come.
    package func shutDownRemaining() {
        for connection in core.registry.shutDown() { connection.shutDown() }
    }

    /// Ends what is left, and the threads. Later calls return at once.
    ///
    /// libmicrohttpd aborts the process if it is stopped with suspended connections, so all connections are ended first and
    /// waited for. All responders have been told `ended()` when it returns, but for those of connections that would not end
    /// within `DaemonConfiguration.stopTimeout`, such as one whose responder blocks: then a line of the log says how many are
    /// left, and the threads stay as they are.
    package func stop() {
        stopAccepting()
        let isFirst = phase.withLock { phase in
            defer { phase = .stopped }
            return phase != .stopped
        }
        guard isFirst else { return }
        shutDownRemaining()
        guard core.registry.waitUntilEmpty(wakeUp: emptied, until: .now + core.configuration.stopTimeout) else {
            return core.log("\(connectionCount) connections did not end in time: the threads that serve them are left alone")
        }
        for worker in workers { worker.stop() }
        // It knows the workers, and they know it.
        core.registry.onRoom(nil)
        core.engine?.stop()
        core.lingerer.stop()
    }
}
