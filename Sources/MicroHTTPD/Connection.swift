import CMicroHTTPD
import Glibc
import Synchronization
import Threads

/// One TCP connection, from NOTIFY_CONNECTION STARTED to CLOSED.
///
/// Its lock is the one between a worker that parks, whoever wakes, the deadlines, and the close: the descriptor is used under
/// it only, so never after libmicrohttpd has closed it and the kernel has given its number to somebody else.
final class Connection: @unchecked Sendable {
    // Sendable: `state` is locked; `native` is used by its worker, and by one resumer at a time (see `resume`); `watch` and
    // `timer` are written before the connection is published (`start`) or under the lock.
    let core: DaemonCore
    private let state: Locked<ConnectionState>
    private let native: OpaquePointer
    private let descriptor: Int32
    private var watch: Timekeeper.WatchID?
    private var timer: Timekeeper.TimerID?
    /// What serves the client in libmicrohttpd's place; written under the lock.
    private let detached = AtomicLazyReference<DetachedStream>()

    init(native: OpaquePointer, core: DaemonCore, now: MonotonicInstant) {
        self.native = native
        self.core = core
        descriptor = trunkline_connection_socket(native)
        state = Locked(ConnectionState(now: now))
    }

    /// Whether the client has closed, half-closed, or was shut out.
    var isGone: Bool { detached.load()?.isGone ?? state.withLock { $0.isGone } }
    /// Whether libmicrohttpd has nothing to do with the client any more.
    var isDetached: Bool { detached.load() != nil }
    var requestNumber: UInt64 { state.withLock { $0.requestNumber } }

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
        MHD_resume_connection(native)
    }

    /// Gives the client away, on its worker, which is then to fail the request.
    ///
    /// - Parameter make: makes what serves it from now on, of a duplicate of the descriptor and of how many bytes all requests
    ///   had.
    /// - Returns: what was made; `nil` when the connection stays as it is, because the client has gone or sent more already, or
    ///   descriptors are short.
    func detach(_ make: (Int32, UInt64) throws(SystemError) -> DetachedStream) -> DetachedStream? {
        let (stream, watch, timer) = state.withLock { state in
            guard !state.isGone, let progress = TCPProgress(of: descriptor),
                progress.receivedByteCount <= state.consumedByteCount
            else { return (DetachedStream?.none, Timekeeper.WatchID?.none, Timekeeper.TimerID?.none) }
            let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard own >= 0 else { return (nil, nil, nil) }
            do throws(SystemError) {
                let stream = detached.storeIfNil(try make(own, state.consumedByteCount))
                core.departing.add(1, ordering: .relaxed)
                defer { (self.watch, self.timer) = (nil, nil) }
                state.detach()
                return (stream, self.watch, self.timer)
            } catch {
                // libmicrohttpd serves it.
                Glibc.close(own)
                return (nil, nil, nil)
            }
        }
        if let timer { core.timekeeper.cancel(timer) }
        if let watch { core.timekeeper.unwatch(watch, descriptor) }
        return stream
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

    func run(isResumed: Bool) -> Bool {
        state.withLock { $0.run(isResumed: isResumed) }
    }

    /// Suspends the connection, unless there is something to look at already. On its worker only, in the handler or the content
    /// reader.
    func park() -> ConnectionState.Parking {
        let before = state.withLock { $0.beforeParking() }
        guard before == .stay else { return before }
        MHD_suspend_connection(native)
        // Only now may others resume it: a resume that comes before the suspension would be lost.
        let after = state.withLock { $0.parked() }
        if after != .stay { MHD_resume_connection(native) }
        return .stay
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
        let (result, isUnchecked) = state.withLock { state in
            let result = body(&state)
            defer { state.isChecked = true }
            return (result, !state.isChecked)
        }
        if isUnchecked { schedule(at: .now + core.deadlines.checkInterval) }
        return result
    }

    func completed(expectsNext: Bool) {
        let received = expectsNext ? TCPProgress(of: descriptor)?.receivedByteCount : nil
        let now = MonotonicInstant.now
        state.withLock { $0.completed(now: now, receivedByteCount: received) }
        if core.isDraining { shutDownIfIdle() }
        core.crowding.relieve()
    }

    /// By when the request whose head was read last had come, if that was before it was read.
    var requestArrival: MonotonicInstant? { state.withLock { $0.requestArrival } }

    // MARK: From any thread

    /// Has the request with that number look again.
    func wake(_ number: UInt64) {
        if let stream = detached.load() { return stream.wake() }
        var isLate = false
        resume { state in
            isLate = state.phase == .closed
            return state.wake(number)
        }
        // It was given away just now. Only then: one that is woken for nothing looks though nobody has called it.
        if isLate { detached.load()?.wake() }
    }

    /// Ends the request with that number: libmicrohttpd finds the socket shut down.
    func shutDown(_ number: UInt64) {
        if let stream = detached.load() { return stream.shutDown() }
        resume { state in
            guard state.requestNumber == number else { return false }
            return shutDown(&state)
        }
        // It may have been given away just now.
        detached.load()?.shutDown()
    }

    /// Ends the connection.
    func shutDown() {
        if let stream = detached.load() { return stream.shutDown() }
        resume { shutDown(&$0) }
        detached.load()?.shutDown()
    }

    /// Ends the connection if it waits for a request, also if a part of the head has come. What was answered last stays
    /// readable.
    func shutDownIfIdle() {
        resume { state in
            // After an early answer libmicrohttpd closes by itself, and the client may still be sending: see `Lingerer`.
            guard case .idle = state.phase, !state.isAnsweredEarly else { return false }
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
            else { return false }
            Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
            return state.gone()
        }
    }

    private func clientHasGone() {
        // libmicrohttpd does not look at a half-closed client while it cannot write to it.
        resume { $0.mayBlockInStream ? shutDown(&$0) : $0.gone() }
    }

    private func shutDown(_ state: inout ConnectionState) -> Bool {
        guard state.phase != .closed else { return false }
        Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        return state.shutDown()
    }

    /// Resumes the connection if `decide` has taken it out of the parked phase.
    ///
    /// Whoever did is the only one, and until it has resumed the connection libmicrohttpd keeps it. The daemon itself could be
    /// stopped as soon as the connection is resumed, so `core` counts who is still inside.
    private func resume(_ decide: (inout ConnectionState) -> Bool) {
        let isParked = state.withLock { state in
            let isParked = decide(&state)
            if isParked { core.resumes.begin() }
            return isParked
        }
        guard isParked else { return }
        MHD_resume_connection(native)
        core.resumes.end()
    }

    // MARK: Deadlines, on the timekeeper's thread

    private func schedule(at instant: MonotonicInstant) {
        let id = core.timekeeper.schedule(at: instant) { [self] now in check(now) }
        let isClosed = state.withLock { state in
            timer = id
            return state.phase == .closed
        }
        if isClosed { core.timekeeper.cancel(id) }
    }

    private func check(_ now: MonotonicInstant) -> MonotonicInstant? {
        var next: MonotonicInstant?
        resume { state in
            switch state.check(now: now, core.deadlines, progress: { TCPProgress(of: descriptor) }) {
            case .none: state.isChecked = false
            case .later(let instant): next = instant
            case .awaitInput(let instant):
                next = instant
                if let watch { core.timekeeper.setInputWatched(true, watch, descriptor) }
            case .shutDown:
                state.isChecked = false
                return shutDown(&state)
            }
            return false
        }
        return next
    }

    private func inputArrived() {
        let now = MonotonicInstant.now
        state.withLock { state in
            guard state.phase != .closed, let watch else { return }
            core.timekeeper.setInputWatched(false, watch, descriptor)
            state.inputArrived(now: now)
        }
    }
}
