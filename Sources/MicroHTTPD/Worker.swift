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

    /// How long it goes on, busy, before it looks for new clients.
    private static let newcomerInterval = Duration.milliseconds(1)

    /// A request that was suspended.
    private struct Suspended {
        let connection: Connection
        let number: UInt64
    }

    fileprivate struct Queue {
        /// Parked connections that have something to look at.
        var woken: [Connection] = []
        /// Clients that libmicrohttpd is given back.
        var returning: [ReturningClient] = []
        /// A connection that pauses has something to look at.
        var isTurnWanted = false
        /// The thread has found nothing to do, and whoever brings something signals.
        var isAsleep = false
        var isStopping = false

        var isEmpty: Bool { woken.isEmpty && returning.isEmpty && !isTurnWanted && !isStopping }
    }

    let core: DaemonCore
    private let number: Int
    private let options: UnsafeMutablePointer<trunkline_daemon_options>
    private let wakeUp: EventDescriptor
    private let acceptor: Acceptor
    private let queue = Locked(Queue())
    private let thread = Locked<NamedThread?>(nil)
    private var native: OpaquePointer?
    /// What waits for the end of the turn, or of one that follows at once.
    private var postponed = PostponedWork()
    /// Connections that wait without being suspended.
    private var pauses = Pauses()
    /// Another turn is to follow at once.
    private var hasMore = false
    /// Counts the turns.
    private(set) var turn: UInt64 = 0
    /// The turn in which libmicrohttpd reads from a client that begins now.
    private(set) var nextReadTurn: UInt64 = 0
    /// When the turn began.
    private var turnStart = MonotonicInstant.now
    /// When the last turn was over: the posts of that turn are notified after it.
    private(set) var lastTurnEnd = MonotonicInstant.now
    /// When it looks for new clients at the latest, if it has not slept before.
    private var nextNewcomers = MonotonicInstant.now
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
    /// The client that is just being taken has become a connection.
    private var hasBegun = false

    /// Makes the daemon; it serves from `start()` on.
    ///
    /// - Parameters:
    ///   - number: from 0 on, in the name of the thread.
    ///   - listener: stays the caller's.
    /// - Throws: `SystemError` without descriptors or memory for it.
    init(_ number: Int, core: DaemonCore, listener: Int32) throws(SystemError) {
        self.core = core
        self.number = number
        wakeUp = try EventDescriptor()
        acceptor = Acceptor(listener: listener, core: core)
        options = .allocate(capacity: 1)
        // Turbo: a connection that is closed is not shut down before, so that a duplicate of its descriptor lives on.
        let turbo = core.configuration.detachesHeld ? MHD_USE_TURBO : MHD_NO_FLAG
        let flags = [MHD_USE_EPOLL, MHD_USE_NO_LISTEN_SOCKET, MHD_ALLOW_SUSPEND_RESUME, MHD_USE_ERROR_LOG, turbo]
            .reduce(MHD_NO_FLAG) { MHD_FLAG(rawValue: $0.rawValue | $1.rawValue) }
        options.initialize(
            to: trunkline_daemon_options(
                flags: UInt32(flags.rawValue),
                access: onAccess, target: onTarget, completed: onCompleted, connection: onConnection, unescape: onUnescape,
                log: onLog, context: Unmanaged.passUnretained(self).toOpaque(),
                // Never reached: the registry sees to the limit, and those that are being detached count here for a moment longer.
                connections_max: UInt32(core.configuration.connectionsMax + 2 * core.configuration.sparesMax),
                pool_size: core.configuration.poolByteCount))
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

    /// Has libmicrohttpd serve a client once more that it had let go of.
    func takeBack(_ client: ReturningClient) {
        signal(queue.withLock { $0.add { $0.returning.append(client) } })
    }

    private func signal(_ isNeeded: Bool) {
        if isNeeded { wakeUp.signal() }
    }

    // MARK: On the thread

    private func run() {
        guard let native else { preconditionFailure("a worker runs between its start and its stop") }
        while true {
            let due = queue.withLock { queue in
                defer { (queue.woken, queue.returning, queue.isTurnWanted) = ([], [], false) }
                return queue
            }
            turn += 1
            nextReadTurn = turn
            hasMore = false
            turnStart = .now
            pauses.beginTurn(at: turnStart)
            for connection in due.woken { connection.resumeHere() }
            for client in due.returning { join(client, native) }
            giveAway()
            if turnStart >= nextNewcomers { takeNewcomers(native) }
            asked = nil
            MHD_run(native)
            nextReadTurn = turn + 1
            // Before its posts are handed over.
            lastTurnEnd = .now
            finishTurn(native, isLast: due.isStopping)
            if due.isStopping { break }
            sleep(native)
        }
        // They know this worker, which would know them.
        (suspended, leaving) = (([], []), [])
    }

    /// Takes the clients that have come.
    ///
    /// - Returns: whether there were any.
    @discardableResult
    private func takeNewcomers(_ native: OpaquePointer) -> Bool {
        nextNewcomers = turnStart + Self.newcomerInterval
        return acceptor.accept { socket in
            hasBegun = false
            native.add(socket)
            return hasBegun
        }
    }

    private func join(_ client: ReturningClient, _ native: OpaquePointer) {
        returning = client
        client.join(native)
        returning = nil
    }

    /// A connection has begun.
    func noteBegun() {
        hasBegun = true
    }

    /// A connection has ended.
    func noteEnded() {
        hasMore = true
    }

    /// libmicrohttpd is done with asking the kernel, in this turn, which connections can be read from.
    func noteAsked() {
        if asked == nil { asked = .now }
    }

    /// By when all that the kernel has told of in this turn had come.
    var askedAt: MonotonicInstant { asked ?? .now }

    /// Runs `action` when all connections that are ready just now have had their turn.
    func postpone(_ action: @escaping () -> Void) {
        postponed.add(action)
    }

    private func finishTurn(_ native: OpaquePointer, isLast: Bool) {
        for action in postponed.takeOverdue() { action.run() }
        guard postponed.isDue(mayWait: hasMore && !isLast, at: lastTurnEnd) else { return }
        // They may have come before what was put off.
        if !isLast, takeNewcomers(native) {
            postponed.putOff()
            hasMore = true
            return
        }
        for action in postponed.take() { action.run() }
        if !postponed.isEmpty { hasMore = true }
    }

    /// A connection is about to wait for something that may come soon. It is not suspended then, which takes it out of the kernel's
    /// set and back, but asked in each turn.
    ///
    /// - Returns: how long, and then it is to be suspended all the same; `nil` at once.
    func beginPause() -> Pauses.Pause? { pauses.begin(at: turnStart, turn: turn) }

    func endPause() {
        pauses.end()
    }

    /// Whether a pause is over.
    func isOver(_ pause: Pauses.Pause) -> Bool { pauses.isOver(pause, at: turnStart, turn: turn) }

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
        // libmicrohttpd closes its descriptors at the end of a turn only. Others may be at it just now.
        let spares = core.configuration.sparesMax - core.departing.load(ordering: .relaxed)
        var spareCount = (spares + core.configuration.workers - 1) / core.configuration.workers
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
    /// of libmicrohttpd's own) goes on after `Pauses.time` at the latest.
    private func sleep(_ native: OpaquePointer) {
        if hasMore { return }
        var deadline = pauses.sleep(at: .now)
        var milliseconds: UInt64 = 0
        if deadline == nil, MHD_get_timeout(native, &milliseconds) == .YES {
            if milliseconds == 0 { return }
            deadline = .now + .milliseconds(milliseconds)
        }
        let listener = acceptor.descriptor
        for due in [nextLook, acceptor.pauseEnd] { if let due { deadline = min(deadline ?? due, due) } }
        guard queue.withLock({ $0.fallAsleep() }) else { return }
        let haveNewcomers = Poll.wait(
            onFirst: trunkline_epoll_descriptor(native), orSecond: listener, wakeUp: wakeUp, until: deadline)
        if haveNewcomers { nextNewcomers = .now }
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
