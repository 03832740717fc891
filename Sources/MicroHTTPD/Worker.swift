import CMicroHTTPD
import Glibc
import Threads

/// One thread and the libmicrohttpd that it drives from outside: everything that belongs to a connection happens on it.
///
/// Corresponds to libmicrohttpd's external polling with epoll: `MHD_run` never sleeps, the thread does, on
/// libmicrohttpd's own epoll and one eventfd. So a wake-up from another thread is a place in a queue, and a system call only if
/// the thread sleeps; a connection is suspended and resumed on its thread only; and there is an end of a turn.
final class Worker: @unchecked Sendable {
    // Sendable: `queue` and `thread` are locked, what else is not constant belongs to the thread from its start to its end.

    /// The most connections that pause at a time: each is asked in each turn, which costs as much as a suspended one when another
    /// is resumed.
    private static let pausingMax = 512
    /// How long a connection pauses, at least; twice that at the most.
    private static let pause = Duration.milliseconds(2)
    /// So many new clients libmicrohttpd takes in one turn; where it has taken as many, others may wait.
    private static let newcomersPerTurn = 10
    /// For how many turns new clients put off what is due at the end of one.
    private static let waitedTurnsMax = 16
    /// How long it sleeps without libmicrohttpd where that has no descriptor for its first client, and would not let it sleep.
    private static let shortagePause = Duration.milliseconds(10)

    /// A request that was suspended.
    private struct Suspended {
        let connection: Connection
        let number: UInt64
    }

    fileprivate struct Queue {
        /// Parked connections that have something to look at.
        var woken: [Connection] = []
        var orders: [@Sendable (OpaquePointer) -> Void] = []
        /// A connection that pauses has something to look at.
        var isTurnWanted = false
        /// The thread has found nothing to do, and whoever brings something signals.
        var isAsleep = false
        var isStopping = false

        var isEmpty: Bool { woken.isEmpty && orders.isEmpty && !isTurnWanted && !isStopping }
    }

    let core: DaemonCore
    private let number: Int
    private let options: UnsafeMutablePointer<trunkline_daemon_options>
    private let wakeUp: EventDescriptor
    private let queue = Locked(Queue())
    private let thread = Locked<NamedThread?>(nil)
    private var native: OpaquePointer?
    /// What waits for the end of the turn.
    private var postponed: [() -> Void] = []
    /// Connections that wait without being suspended.
    private var pausingCount = 0
    /// Another turn is to follow at once.
    private var hasMore = false
    /// Counts the turns.
    private(set) var turn: UInt64 = 0
    /// When the turn began.
    private var turnStart = MonotonicInstant.now
    /// Connections that it serves.
    private var connectionCount = 0
    /// Those of them that have come in this turn.
    private var newcomerCount = 0
    /// For how many turns what was put off to the end of a turn has waited for newcomers.
    private var waitedTurnCount = 0
    /// There was no descriptor for a client in this turn.
    private var isShort = false
    /// When libmicrohttpd had asked the kernel in this turn, once somebody has wanted to know.
    private var asked: MonotonicInstant?
    /// Requests that may be given away and were suspended since the last look at them, and before that.
    private var suspended: (lately: [Suspended], longAgo: [Suspended]) = ([], [])
    /// When to look at them next.
    private var nextLook: MonotonicInstant?
    /// Those that are due to be given away, as soon as there are descriptors to spare.
    private var leaving: [Suspended] = []
    /// The client that libmicrohttpd is just being given back.
    private(set) var returning: ReturningClient?
    /// What libmicrohttpd has let go of, to be closed after its end.
    private var quiesced: Int32 = -1

    /// Makes the daemon; it serves from `start()` on.
    ///
    /// - Parameters:
    ///   - number: from 0 on, in the name of the thread.
    ///   - listener: has a duplicate made; the socket itself stays the caller's.
    ///   - connectionsMax: at which it lets go of the listening socket.
    /// - Throws: `SystemError` without descriptors or memory for it.
    init(_ number: Int, core: DaemonCore, listener: Int32, connectionsMax: Int) throws(SystemError) {
        self.core = core
        self.number = number
        wakeUp = try EventDescriptor()
        let own = fcntl(listener, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw SystemError("fcntl") }
        options = .allocate(capacity: 1)
        // Turbo: a connection that is closed is not shut down before, so that a duplicate of its descriptor lives on.
        let turbo = core.configuration.detachesHeld ? MHD_USE_TURBO : MHD_NO_FLAG
        let flags = [MHD_USE_EPOLL, MHD_ALLOW_SUSPEND_RESUME, MHD_USE_ERROR_LOG, turbo]
            .reduce(MHD_NO_FLAG) { MHD_FLAG(rawValue: $0.rawValue | $1.rawValue) }
        options.initialize(
            to: trunkline_daemon_options(
                flags: UInt32(flags.rawValue),
                access: onAccess, target: onTarget, completed: onCompleted, connection: onConnection, unescape: onUnescape,
                log: onLog, context: Unmanaged.passUnretained(self).toOpaque(), listen_socket: own,
                connections_max: UInt32(connectionsMax), pool_size: core.configuration.poolByteCount))
        // What it could not start with it has closed.
        guard let native = trunkline_start_daemon(options) else { throw SystemError("MHD_start_daemon") }
        self.native = native
    }

    deinit { options.deallocate() }

    /// Starts the thread.
    func start() {
        let thread = NamedThread("worker \(number)") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread and then the daemon. No connection may be left: libmicrohttpd aborts the process if it is stopped with a
    /// suspended one.
    func stop() {
        queue.withLock { $0.isStopping = true }
        wakeUp.signal()
        thread.withLock { $0 }?.join()
        guard let native else { return }
        self.native = nil
        MHD_stop_daemon(native)
        if quiesced >= 0 { close(quiesced) }
    }

    // MARK: For any thread

    /// Has a connection resumed that is suspended, and that only the caller may resume.
    func resume(_ connection: Connection) {
        signal(queue.withLock { $0.add { $0.woken.append(connection) } })
    }

    /// Has a turn follow, in which connections that pause are asked.
    func nudge() {
        signal(queue.withLock { $0.add { $0.isTurnWanted = true } })
    }

    /// Has the listening socket left alone. From another thread libmicrohttpd's own call would meet what the thread does with it.
    func quiesce() {
        perform { [self] native in quiesced = MHD_quiesce_daemon(native) }
    }

    /// Has libmicrohttpd serve a client once more that it had let go of.
    func takeBack(_ client: ReturningClient) {
        perform { [self] native in
            returning = client
            client.join(native)
            returning = nil
        }
    }

    /// Runs `order` on the thread, between two turns.
    func perform(_ order: @escaping @Sendable (_ native: OpaquePointer) -> Void) {
        signal(queue.withLock { $0.add { $0.orders.append(order) } })
    }

    private func signal(_ isNeeded: Bool) {
        if isNeeded { wakeUp.signal() }
    }

    // MARK: On the thread

    private func run() {
        guard let native else { preconditionFailure("a worker runs between its start and its stop") }
        while true {
            let due = queue.withLock { queue in
                defer { (queue.woken, queue.orders, queue.isTurnWanted) = ([], [], false) }
                return queue
            }
            turn += 1
            (hasMore, newcomerCount, isShort) = (false, 0, false)
            turnStart = .now
            for connection in due.woken { connection.resumeHere() }
            for order in due.orders { order(native) }
            giveAway()
            asked = nil
            MHD_run(native)
            finishTurn(isLast: due.isStopping)
            if due.isStopping { break }
            sleep(native)
        }
        // They know this worker, which would know them.
        (suspended, leaving) = (([], []), [])
    }

    /// A connection has begun.
    ///
    /// - Parameter isNew: whether libmicrohttpd has accepted it just now.
    func noteStarted(isNew: Bool) {
        connectionCount += 1
        if isNew { newcomerCount += 1 }
    }

    /// A connection has ended.
    func noteEnded() {
        connectionCount -= 1
        hasMore = true
    }

    /// There was no descriptor for a client.
    func noteShortage() {
        isShort = true
    }

    /// libmicrohttpd is done with asking the kernel, in this turn, which connections can be read from.
    func noteAsked() {
        if asked == nil { asked = .now }
    }

    /// By when all that the kernel has told of in this turn had come.
    var askedAt: MonotonicInstant { asked ?? .now }

    /// Runs `action` when all connections that are ready just now have had their turn.
    func postpone(_ action: @escaping () -> Void) {
        postponed.append(action)
    }

    private func finishTurn(isLast: Bool) {
        // More may have come, and before what was put off: they are taken in the next turn.
        if newcomerCount >= Self.newcomersPerTurn, waitedTurnCount < Self.waitedTurnsMax, !postponed.isEmpty, !isLast {
            waitedTurnCount += 1
            hasMore = true
            return
        }
        waitedTurnCount = 0
        // What an action postpones in its turn has the next one.
        let actions = postponed
        postponed.removeAll(keepingCapacity: true)
        for action in actions { action() }
        if !postponed.isEmpty { hasMore = true }
    }

    /// A connection is about to wait for something that may come soon. It is not suspended then, which takes it out of the kernel's
    /// set and back, but asked in each turn.
    ///
    /// - Returns: when it is to be suspended all the same; `nil` at once.
    func beginPause() -> MonotonicInstant? {
        guard pausingCount < Self.pausingMax else { return nil }
        pausingCount += 1
        return turnStart + Self.pause
    }

    func endPause() {
        pausingCount -= 1
    }

    /// Whether a pause is over.
    func isOver(_ end: MonotonicInstant) -> Bool { turnStart >= end }

    /// A request was suspended that is to be given away if it stays so.
    func noteSuspended(_ connection: Connection, _ number: UInt64) {
        suspended.lately.append(Suspended(connection: connection, number: number))
        if nextLook == nil { nextLook = turnStart + core.configuration.settleTime }
    }

    /// Has those resumed that have been suspended for long enough: their handlers give them away.
    private func giveAway() {
        if let nextLook, turnStart >= nextLook {
            leaving += suspended.longAgo
            suspended = (lately: [], longAgo: suspended.lately)
            self.nextLook = suspended.longAgo.isEmpty ? nil : turnStart + core.configuration.settleTime
        }
        // libmicrohttpd closes its descriptors at the end of a turn only.
        var spareCount = core.configuration.sparesMax - core.departing.load(ordering: .relaxed)
        while spareCount > 0, let next = leaving.popLast() {
            if next.connection.beginLeaving(next.number) { spareCount -= 1 }
        }
        if !leaving.isEmpty { hasMore = true }
    }

    /// libmicrohttpd may have something to do in the next turn without a word from the kernel: a connection has been given something
    /// to write, has written it and may be read from, or was resumed.
    func noteProgress() {
        hasMore = true
    }

    /// Sleeps until there is something to do, if there is nothing.
    ///
    /// Connections that pause are always ready for libmicrohttpd, which hides from it and us whether others are. All that usually
    /// leaves something to do is noted. What is not (a head that takes more than one read, a chunk's frame without content, an error
    /// of libmicrohttpd's own) goes on after `pause` at the latest.
    private func sleep(_ native: OpaquePointer) {
        if hasMore { return }
        // A worker without a connection does not let go of the listening socket, and would be told of the client without end.
        let isListening = !isShort || connectionCount > 0
        var deadline: MonotonicInstant?
        var milliseconds: UInt64 = 0
        if pausingCount > 0 {
            deadline = .now + Self.pause
        } else if MHD_get_timeout(native, &milliseconds) == .YES {
            if milliseconds == 0 { return }
            deadline = .now + .milliseconds(milliseconds)
        }
        if let nextLook { deadline = min(deadline ?? nextLook, nextLook) }
        guard queue.withLock({ $0.fallAsleep() }) else { return }
        if isListening {
            _ = Poll.wait(on: trunkline_epoll_descriptor(native), wakeUp: wakeUp, until: deadline)
        } else {
            _ = Poll.wait(on: nil, wakeUp: wakeUp, until: .now + Self.shortagePause)
        }
        queue.withLock { $0.isAsleep = false }
    }
}

extension Worker.Queue {
    /// - Returns: whether the thread is to be woken.
    fileprivate mutating func add(_ change: (inout Self) -> Void) -> Bool {
        change(&self)
        defer { isAsleep = false }
        return isAsleep
    }

    /// - Returns: false if there is something to do.
    fileprivate mutating func fallAsleep() -> Bool {
        isAsleep = isEmpty
        return isAsleep
    }
}
