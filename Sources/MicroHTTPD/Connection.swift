import CMicroHTTPD
import Glibc
import Synchronization
import Threads

/// One TCP connection, from NOTIFY_CONNECTION STARTED to CLOSED.
///
/// Its lock is the one between a worker that parks, whoever wakes, the deadlines, and the close: the descriptor is used under
/// it only, so never after libmicrohttpd has closed it and the kernel has given its number to somebody else.
final class Connection: @unchecked Sendable {
    // Sendable: `state` is locked; `native` is used on its worker's thread only; `watch` and `timer` are written before the
    // connection is published (`start`) or under the lock; `successor` is written before `isGivenAway` says so.
    private let worker: Worker
    var core: DaemonCore { worker.core }
    let state: Locked<ConnectionState>
    private let native: OpaquePointer
    let descriptor: Int32
    private(set) var watch: Timekeeper.WatchID?
    var timer: Timekeeper.TimerID?
    /// Whether the client is served in libmicrohttpd's place, and by what: written once, under the lock, before that is said.
    private let isGivenAway = Atomic(false)
    private var successor: (client: DetachedClient, number: UInt64)?
    /// Somebody has taken it out of its pause, in the phase already.
    private let isNudged = Atomic(false)
    /// How long it pauses; `nil` if it does not. On its worker only.
    private var pause: Pauses.Pause?
    /// The last turn in which it is read from although the kernel may not have said that there is something. On its worker only.
    private var lastUnaskedTurn: UInt64
    private var wasSuspended = false
    /// Whether it may be given away while it is suspended. On its worker only.
    private var mayLeave = false
    /// Whether it was resumed to be given away. On its worker only.
    private var isLeaving = false

    /// - Parameter returning: the client, if it was served without libmicrohttpd before.
    init(native: OpaquePointer, worker: Worker, now: MonotonicInstant, returning: ReturningClient?) {
        self.native = native
        self.worker = worker
        lastUnaskedTurn = worker.nextReadTurn
        let descriptor = trunkline_connection_socket(native)
        self.descriptor = descriptor
        state = Locked(
            returning.map { client in
                // A post that was read in the last turn may have come after its next request, and is not to overtake it; what was
                // notified before its end is older.
                ConnectionState(
                    now: now, since: max(client.since, worker.lastTurnEnd), consumedByteCount: client.consumedByteCount,
                    receivedByteCount: TCPProgress(of: descriptor)?.receivedByteCount ?? 0)
            } ?? ConnectionState(now: now))
    }

    /// Whether the client has closed, half-closed, or was shut out.
    var isGone: Bool { detached?.client.isGone ?? state.withLock { $0.isGone } }
    /// Whether libmicrohttpd has nothing to do with the client any more.
    var isDetached: Bool { isGivenAway.load(ordering: .acquiring) }
    /// What serves the client, and the request with that number, if it was given away.
    private var detached: (client: DetachedClient, number: UInt64)? { isDetached ? successor : nil }

    // MARK: Life

    /// Has the timekeeper watch the peer and the deadlines.
    func start(now: MonotonicInstant) {
        do {
            let id = try core.timekeeper.watch(
                descriptor, onInput: { [self] in inputArrived() }, onGone: { [self] in clientHasGone() })
            state.withLock { _ in watch = id }
        } catch {
            // Unwatched, it could be parked for ever.
            core.log("a connection cannot be watched and is closed: \(error)")
            shutDown()
        }
        schedule(at: now + core.deadlines.checkInterval)
    }

    /// Has the access handler called once more, in its worker's next turn. On its worker only, in the handler.
    func comeAgain() {
        MHD_suspend_connection(native)
        resumeHere()
    }

    /// Gives the client away, on its worker, which is then to fail the request.
    ///
    /// - Parameter make: makes what serves it from now on, of a duplicate of the descriptor, of how many bytes all requests had, and
    ///   of whether somebody has something to look at for this one.
    /// - Returns: what was made, and the last of these; `nil` when the connection stays as it is, because the client has gone or
    ///   sent more already, or descriptors are short.
    func detach(
        _ make: (Int32, UInt64, Bool) throws(SystemError) -> DetachedClient
    ) -> (client: DetachedClient, isWoken: Bool)? {
        typealias Given = (made: (client: DetachedClient, isWoken: Bool), Timekeeper.WatchID?, Timekeeper.TimerID?)
        let given: Given? = state.withLock { state in
            guard !state.isGone, let progress = TCPProgress(of: descriptor),
                progress.receivedByteCount <= state.consumedByteCount
            else { return nil }
            let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard own >= 0 else { return nil }
            do throws(SystemError) {
                let isWoken = state.isWoken
                let client = try make(own, state.consumedByteCount, isWoken)
                successor = (client, state.requestNumber)
                isGivenAway.store(true, ordering: .releasing)
                core.departing.add(1, ordering: .relaxed)
                defer { (watch, timer) = (nil, nil) }
                state.detach()
                return ((client, isWoken), watch, timer)
            } catch {
                // libmicrohttpd serves it.
                Glibc.close(own)
                return nil
            }
        }
        guard let (made, watch, timer) = given else { return nil }
        if let timer { core.timekeeper.cancel(timer) }
        if let watch { core.timekeeper.unwatch(watch, descriptor) }
        return made
    }

    /// Gives the client, which was detached, back to libmicrohttpd as a new connection. From any thread.
    func giveBack(_ client: ReturningClient) {
        worker.takeBack(client)
    }

    /// Has the request, which is suspended, resumed to be given away, if it is still the one with that number. On its worker only,
    /// not in the handler.
    ///
    /// - Returns: whether it was resumed.
    func beginLeaving(_ number: UInt64) -> Bool {
        guard state.withLock({ $0.unpark(number) }) else { return false }
        isLeaving = true
        resumeHere()
        return true
    }

    /// Whether the handler is called for the request to be given away; once.
    func takeLeave() -> Bool {
        defer { isLeaving = false }
        return isLeaving
    }

    /// Ends all uses of the descriptor: libmicrohttpd closes it next.
    func close() {
        let (watch, timer, isLingering) = state.withLock { state in
            defer { (self.watch, self.timer) = (nil, nil) }
            return (self.watch, self.timer, state.close { TCPProgress(of: descriptor) })
        }
        if let timer { core.timekeeper.cancel(timer) }
        if let watch { core.timekeeper.unwatch(watch, descriptor) }
        guard isLingering else { return }
        // In turbo mode libmicrohttpd does not.
        Glibc.shutdown(descriptor, Int32(SHUT_WR))
        core.lingerer.linger(descriptor)
    }

    // MARK: The worker's turns

    func headRead(byteCount: UInt64, bodySince: MonotonicInstant?) {
        state.withLock { $0.headRead(byteCount: byteCount, bodySince: bodySince) }
    }

    /// The request is complete.
    ///
    /// - Returns: its number, and by when it had come: libmicrohttpd reads from a client after all others that it found ready before
    ///   it, and from one that it has just answered a turn later still.
    func begin() -> (number: UInt64, arrival: MonotonicInstant) {
        let read = worker.turn > lastUnaskedTurn ? worker.askedAt : .now
        return state.withLock { state in
            _ = state.run(isResumed: false)
            return (state.requestNumber, state.requestArrival ?? read)
        }
    }

    func run(isResumed: Bool) -> Bool {
        endPause()
        return state.withLock { $0.run(isResumed: isResumed) }
    }

    /// Suspends the connection, or lets it pause, unless there is something to look at already. On its worker only, in the handler
    /// or the content reader.
    ///
    /// - Parameters:
    ///   - mayPause: in the handler only.
    ///   - mayLeave: whether it is to be given away (`takeLeave`) when it has been suspended for a while.
    func park(mayPause: Bool, mayLeave: Bool = false) -> ConnectionState.Parking {
        self.mayLeave = mayLeave
        pause = mayPause ? worker.beginPause() : nil
        let pauses = pause != nil
        let verdict = state.withLock { $0.beforeParking(pauses: pauses) }
        switch verdict {
        case .stay: if !pauses { suspend() }
        case .again, .close: endPause()
        }
        return verdict
    }

    private func suspend() {
        wasSuspended = true
        MHD_suspend_connection(native)
        // Only now may others have it resumed: a resume that comes before the suspension would be lost.
        let (verdict, number) = state.withLock { ($0.parked(), $0.requestNumber) }
        switch verdict {
        case .stay: if mayLeave { worker.noteSuspended(self, number) }
        case .again, .close: resumeHere()
        }
    }

    /// Whether the connection, which was parked, goes on pausing, or was suspended in its stead. On its worker only, in the
    /// handler.
    func isPausing() -> Bool {
        guard let pause else { return false }
        // Asked in each turn, so without the lock.
        if isNudged.load(ordering: .acquiring) {
            isNudged.store(false, ordering: .relaxed)
            // It may be a late word about a pause before this one.
            if state.withLock({ $0.phase != .pausing }) { return false }
        }
        guard worker.isOver(pause) else { return true }
        guard state.withLock({ $0.endPause() }) else { return false }
        endPause()
        suspend()
        return true
    }

    private func endPause() {
        guard pause != nil else { return }
        pause = nil
        worker.endPause()
    }

    /// An answer is about to be queued.
    func write(isEarly: Bool) {
        write { $0.write(isEarly: isEarly) }
    }

    /// A stream hands over its next bytes.
    ///
    /// - Returns: whether to go on.
    func writeStream() -> Bool {
        write { $0.writeStream() }
    }

    private func write<Result>(_ body: (inout ConnectionState) -> Result) -> Result {
        worker.noteProgress()
        let (result, isUnchecked) = state.withLock { state in
            let result = body(&state)
            defer { state.isChecked = true }
            return (result, !state.isChecked)
        }
        if isUnchecked { schedule(at: .now + core.deadlines.checkInterval) }
        return result
    }

    /// Sends what is to be read before the connection ends, past libmicrohttpd, which has nothing under way. What the socket has no room
    /// for is lost.
    func sendLast(_ bytes: [UInt8]) {
        state.withLock { state in
            guard state.phase != .closed else { return }
            _ = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
        }
    }

    func completed(expectsNext: Bool) {
        endPause()
        if wasSuspended { lastUnaskedTurn = worker.turn + 1 }
        wasSuspended = false
        let received = expectsNext ? TCPProgress(of: descriptor)?.receivedByteCount : nil
        let now = MonotonicInstant.now
        state.withLock { $0.completed(now: now, receivedByteCount: received) }
        worker.noteProgress()
        if core.isDraining { shutDownIfIdle() }
        core.crowding.relieve()
    }

    /// It has been read from, and there may be more to read.
    func noteProgress() {
        worker.noteProgress()
    }

    /// Runs `action` at the end of its worker's turn. If the request may have come after the kernel was asked, others that came
    /// before it may be found in the next turn only, and it is that one's end.
    func postpone(_ action: @escaping () -> Void) {
        guard worker.turn <= lastUnaskedTurn else { return worker.postpone(action) }
        worker.postpone { [worker] in worker.postpone(action) }
    }

    /// Resumes the connection, which is suspended. On its worker only.
    func resumeHere() {
        worker.noteProgress()
        MHD_resume_connection(native)
    }

    // MARK: From any thread

    /// Has the request with that number look again.
    func wake(_ number: UInt64) {
        if isDetached { return wakeDetached(number) }
        var isLate = false
        resume { state in
            isLate = state.phase == .closed
            return state.wake(number)
        }
        // It was given away just now. Only then: one that is woken for nothing looks though nobody has called it.
        if isLate { wakeDetached(number) }
    }

    private func wakeDetached(_ number: UInt64) {
        if let detached, detached.number == number { detached.client.wake() }
    }

    /// Ends the request with that number: libmicrohttpd finds the socket shut down.
    func shutDown(_ number: UInt64) {
        resume { state in
            guard state.requestNumber == number else { return .none }
            return shutDown(&state)
        }
        // Once that is over, its client is somebody else's already, or about to be.
        if let detached, detached.number == number, !detached.client.phase.isClosed { detached.client.shutDown() }
    }

    /// Ends the connection.
    func shutDown() {
        resume { shutDown(&$0) }
        detached?.client.shutDown()
    }

    /// Ends the connection if it waits for a request, also if a part of the head has come. What was answered last stays
    /// readable.
    func shutDownIfIdle() {
        resume { state in
            // After an early answer libmicrohttpd closes by itself, and the client may still be sending: see `Lingerer`.
            guard case .idle = state.phase, !state.isAnsweredEarly else { return .none }
            Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
            return state.gone()
        }
    }

    /// Since when the connection waits for another request, if it does.
    var idleSince: MonotonicInstant? { state.withLock { $0.idleSince } }

    /// Ends the connection if it waits for another request and no byte of one has come.
    func shutDownIfUnused() {
        resume { state in
            guard state.idleSince != nil, let progress = TCPProgress(of: descriptor),
                progress.receivedByteCount <= state.consumedByteCount
            else { return .none }
            Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
            return state.gone()
        }
    }

    private func clientHasGone() {
        // libmicrohttpd does not look at a half-closed client while it cannot write to it.
        resume { $0.mayBlockInStream ? shutDown(&$0) : $0.gone() }
    }

    func shutDown(_ state: inout ConnectionState) -> ConnectionState.WakeUp {
        guard state.phase != .closed else { return .none }
        Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        return state.shutDown()
    }

    /// Has the connection resumed, or asked, if `decide` has taken it out of the phase in which it is parked or pauses.
    ///
    /// Whoever did is the only one, and until it is resumed libmicrohttpd keeps the connection.
    func resume(_ decide: (inout ConnectionState) -> ConnectionState.WakeUp) {
        switch state.withLock({ decide(&$0) }) {
        case .none: break
        case .nudge:
            isNudged.store(true, ordering: .releasing)
            worker.nudge()
        case .resume: worker.resume(self)
        }
    }
}
