import CMicroHTTPD
import Glibc
import Threads

/// An HTTP server: libmicrohttpd with its epoll workers, made safe to park thousands of requests in.
///
/// Requests are answered by responders, in steps; deadlines, vanished clients, framing and limits are seen to here. It serves
/// from `init` until `stop()`, which must be called.
package final class Daemon: Sendable {
    private struct State {
        var native: OpaquePointer?
        var isAccepting = true
        /// Keeps the socket that libmicrohttpd listened on silent until its workers have ended.
        var peer: SilentPeer?
        /// As an alternative, the descriptor that libmicrohttpd has let go of, to be closed then.
        var quiesced: Int32?
    }

    private let core: DaemonCore
    private let listener: ListenSocket
    private let state: Locked<State>
    private let emptied: EventDescriptor
    private let options: Options

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
        if configuration.detachesStreams, !DetachingProbe.isPassed {
            log("streams are left to libmicrohttpd, which does not let go of connections as it should")
            configuration.detachesStreams = false
        }
        try self.init(
            unprobed: listener, configuration, timekeeper, log: log, warn: warn, refuse: refuse, head: head, respond: respond)
    }

    /// As above, without trying out whether streams can be detached.
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
        let streams: StreamEngine?
        do throws(SystemError) {
            streams =
                configuration.detachesStreams
                ? try StreamEngine(stall: configuration.stallTimeout, checkInterval: configuration.checkInterval) : nil
        } catch {
            lingerer.stop()
            throw error
        }
        core = DaemonCore(
            configuration: configuration, timekeeper: timekeeper, lingerer: lingerer, streams: streams, log: log, warn: warn,
            refuse: refuse, head: head, respond: respond)
        self.listener = listener
        // libmicrohttpd closes a descriptor that it could not start with; the socket itself stays ours.
        let own = fcntl(listener.descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else {
            let error = SystemError("fcntl")
            streams?.stop()
            lingerer.stop()
            throw error
        }
        options = Options(core: core, listener: own, configuration: configuration)
        guard let native = trunkline_start_daemon(options.pointer) else {
            let error = SystemError("MHD_start_daemon")
            streams?.stop()
            lingerer.stop()
            throw error
        }
        state = Locked(State(native: native))
        core.shortage.begin { [weak self] in self?.admitAgain() ?? true }
    }

    /// Has every worker look at the listening socket again: one that had no descriptor for a client has let go of it until a
    /// connection of its own ends, and may have none that will. So each gets one that ends at once.
    ///
    /// - Returns: false while there are no descriptors for that.
    private func admitAgain() -> Bool {
        state.withLock { state in
            guard let native = state.native, state.isAccepting else { return true }
            for worker in 0..<core.configuration.workers {
                guard let passer = PasserBy(worker: worker, of: core.configuration.workers) else { return false }
                passer.join(native)
            }
            return true
        }
    }

    /// Connections that are there, idle ones included.
    package var connectionCount: Int { core.registry.count }

    /// No new connections: they are refused by the kernel. Those that wait for a request, or for the rest of
    /// its head, are closed; every answer from now on closes its own.
    package func stopAccepting() {
        let native = state.withLock { state in
            defer { state.isAccepting = false }
            return state.isAccepting ? state.native : nil
        }
        guard let native else { return }
        core.drain()
        do {
            let peer = try SilentPeer(of: listener.descriptor)
            state.withLock { $0.peer = peer }
        } catch {
            // The lesser evil: no connection comes any more that could have a worker look at the socket just now.
            core.log("the listening socket is not silent after its end: \(error)")
            let descriptor = MHD_quiesce_daemon(native)
            state.withLock { $0.quiesced = descriptor }
        }
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
        guard state.withLock({ $0.native != nil }) else { return }
        stopAccepting()
        shutDownRemaining()
        let isEmpty = core.registry.waitUntilEmpty(
            wakeUp: emptied, until: .now + core.configuration.stopTimeout)
        let (native, quiesced) = state.withLock { state in
            defer { (state.native, state.quiesced) = (nil, nil) }
            return (state.native, state.quiesced)
        }
        guard let native else { return }
        guard isEmpty else {
            core.keep(options)
            // Without its peer the listening socket would be reported to the threads that stay, without end.
            if let peer = state.withLock({ $0.peer }) { core.keep(peer) }
            return core.log("\(connectionCount) connections did not end in time: the threads that serve them are left alone")
        }
        core.resumes.waitUntilNone()
        // Its reset leaves no TIME_WAIT at the port; the workers are not to notice for long.
        state.withLock { $0.peer = nil }
        MHD_stop_daemon(native)
        if let quiesced { close(quiesced) }
        core.streams?.stop()
        core.lingerer.stop()
    }
}

extension Daemon {
    /// What the daemon was started with, at an address that lives as long as it does: its logger reads it.
    private final class Options: @unchecked Sendable {
        // Sendable: written in `init` only.
        let pointer: UnsafeMutablePointer<trunkline_daemon_options>
        private let core: Unmanaged<DaemonCore>

        init(core: DaemonCore, listener: Int32, configuration: DaemonConfiguration) {
            self.core = Unmanaged.passRetained(core)
            // Turbo: a connection that is closed is not shut down before, so that a duplicate of its descriptor lives on.
            let turbo = configuration.detachesStreams ? MHD_USE_TURBO : MHD_NO_FLAG
            let flags = [MHD_USE_EPOLL_INTERNAL_THREAD, MHD_ALLOW_SUSPEND_RESUME, MHD_USE_ERROR_LOG, turbo]
                .reduce(MHD_NO_FLAG) { MHD_FLAG(rawValue: $0.rawValue | $1.rawValue) }
            pointer = .allocate(capacity: 1)
            pointer.initialize(
                to: trunkline_daemon_options(
                    flags: UInt32(flags.rawValue),
                    access: onAccess, target: onTarget, completed: onCompleted, connection: onConnection, unescape: onUnescape,
                    log: onLog, context: self.core.toOpaque(), listen_socket: listener,
                    workers: UInt32(configuration.workers), connections_max: UInt32(configuration.connectionsMax),
                    pool_size: configuration.poolByteCount))
        }

        deinit {
            pointer.deallocate()
            core.release()
        }
    }
}
