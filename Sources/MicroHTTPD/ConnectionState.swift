import Threads

/// Where one connection stands: pure state that decides; `Connection` locks, asks, unlocks, then acts.
struct ConnectionState {
    /// What the connection is doing.
    enum Phase: Equatable {
        /// Waits for the head of a request, the first one (`headSince` is then the start) or a later one.
        case idle(since: MonotonicInstant, headSince: MonotonicInstant?)
        /// The head was read, the body is not complete.
        case body(since: MonotonicInstant)
        /// A worker runs the exchange; a wake-up that came meanwhile is remembered.
        case running(isWoken: Bool)
        /// Parked, but not suspended yet: its worker asks in each turn.
        case pausing
        /// Suspended in libmicrohttpd, until whoever takes it out of this phase resumes it.
        case parked
        /// libmicrohttpd writes a complete answer.
        case writing
        /// No more requests: libmicrohttpd is about to close the descriptor, or has.
        case closed
    }

    /// What a worker does that wants to park.
    enum Parking: Equatable {
        /// Nothing has come meanwhile: stay suspended.
        case stay
        /// A wake-up came: look again.
        case again
        /// The client has gone: close.
        case close
    }

    /// What is to follow from a wake-up.
    enum WakeUp: Equatable {
        /// Nothing: there is nobody to wake, or who is will look by itself.
        case none
        /// The worker is to have a turn.
        case nudge
        /// The connection is to be resumed.
        case resume
    }

    /// Set here and in `ConnectionState+Deadlines.swift` only.
    var phase: Phase
    /// Whether the peer has closed or half-closed, or we have shut the socket down.
    private(set) var isGone = false
    /// Whether we ended the connection ourselves, without an answer.
    private(set) var isShutDown = false
    /// Whether the last answer left before the request was read to its end.
    private(set) var isAnsweredEarly = false
    /// Counts the requests, so that an exchange that is over cannot wake the next one.
    private(set) var requestNumber: UInt64 = 0
    /// Whether what is being written is part of a stream.
    private var isStreaming = false
    /// The bytes that had come when the last exchange was over, if there were more than those of the requests, and when that was.
    private var arrived: (byteCount: UInt64, by: MonotonicInstant)?
    /// By when the request whose head was read last had come, if it was there already when the one before was over.
    private(set) var requestArrival: MonotonicInstant?
    /// The bytes of all requests whose head was read.
    private(set) var consumedByteCount: UInt64 = 0
    /// Whether the arrival of the next byte is being waited for.
    var isInputWatched = false
    /// Whether a check is scheduled.
    var isChecked = true
    /// The bytes that were acknowledged when the writing was last looked at, and since when it is the same number.
    var acknowledged: (byteCount: UInt64, since: MonotonicInstant)?

    /// Since when it waits for another request, as far as is known without asking the kernel; `nil` also if it is ending.
    var idleSince: MonotonicInstant? {
        guard case .idle(let since, nil) = phase, !isGone, !isAnsweredEarly else { return nil }
        return since
    }

    init(now: MonotonicInstant) {
        phase = .idle(since: now, headSince: now)
    }

    /// A connection that comes back, after answers without libmicrohttpd.
    ///
    /// - Parameters:
    ///   - since: by when a request had come, if one is there.
    ///   - consumedByteCount: the bytes of all requests so far.
    ///   - receivedByteCount: all that has come from the client so far, at `now`.
    init(now: MonotonicInstant, since: MonotonicInstant, consumedByteCount: UInt64, receivedByteCount: UInt64) {
        phase = .idle(since: now, headSince: nil)
        self.consumedByteCount = consumedByteCount
        if receivedByteCount > consumedByteCount { arrived = (receivedByteCount, since) }
    }

    /// The head of a request has been read.
    ///
    /// - Parameters:
    ///   - byteCount: of the head and, where it is known, the body.
    ///   - bodySince: the present if a body is to come, else `nil`.
    mutating func headRead(byteCount: UInt64, bodySince: MonotonicInstant?) {
        guard phase != .closed else { return }
        consumedByteCount &+= byteCount
        // A part of it would not do: the rest may have come long after.
        requestArrival = arrived.flatMap { $0.byteCount >= consumedByteCount ? $0.by : nil }
        phase = bodySince.map { .body(since: $0) } ?? .running(isWoken: false)
    }

    /// The request is complete and its exchange starts, or goes on after it was parked, or libmicrohttpd asks a stream for
    /// more.
    ///
    /// - Parameter isResumed: whether it was parked; only then a client that has gone ends it.
    /// - Returns: whether to go on.
    mutating func run(isResumed: Bool) -> Bool {
        switch phase {
        case .body, .writing: phase = .running(isWoken: false)
        default: break
        }
        return !(isResumed && isGone)
    }

    /// Asked before suspending or pausing: spares it when there is something to look at already.
    ///
    /// - Parameter pauses: not to be suspended yet.
    mutating func beforeParking(pauses: Bool) -> Parking {
        if isGone { return .close }
        guard case .running(isWoken: true) = phase else {
            if pauses { phase = .pausing }
            return .stay
        }
        phase = .running(isWoken: false)
        return .again
    }

    /// The pause is over, and the connection about to be suspended; if it still pauses.
    mutating func endPause() -> Bool {
        guard phase == .pausing else { return false }
        phase = .running(isWoken: false)
        return true
    }

    /// Asked when libmicrohttpd has suspended the connection: `.stay` publishes it as parked, anything else has it resumed.
    mutating func parked() -> Parking {
        if isGone { return .close }
        switch phase {
        case .running(isWoken: true):
            phase = .running(isWoken: false)
            return .again
        default:
            phase = .parked
            return .stay
        }
    }

    /// Somebody has something to look at for the request with that number.
    ///
    /// - Returns: what the caller is to do.
    mutating func wake(_ number: UInt64) -> WakeUp {
        guard number == requestNumber else { return .none }
        return wakeCurrent()
    }

    /// The client has gone, or is shut out.
    ///
    /// - Returns: what the caller is to do.
    mutating func gone() -> WakeUp {
        isGone = true
        return wakeCurrent()
    }

    private mutating func wakeCurrent() -> WakeUp {
        switch phase {
        case .parked:
            phase = .running(isWoken: false)
            return .resume
        case .pausing:
            phase = .running(isWoken: false)
            return .nudge
        case .running:
            phase = .running(isWoken: true)
            return .none
        case .idle, .body, .writing, .closed: return .none
        }
    }

    /// The socket is being shut down.
    ///
    /// - Returns: what the caller is to do.
    mutating func shutDown() -> WakeUp {
        isShutDown = true
        return gone()
    }

    /// An answer is queued: a complete one, or the head of a stream.
    ///
    /// - Parameter isEarly: whether the request has not been read to its end.
    mutating func write(isEarly: Bool) {
        guard phase != .closed else { return }
        isAnsweredEarly = isEarly
        phase = .writing
    }

    /// A stream hands over its next bytes.
    ///
    /// - Returns: whether to go on: nobody reads them once the client has gone.
    mutating func writeStream() -> Bool {
        write(isEarly: false)
        isStreaming = true
        return !isGone
    }

    /// Whether a client that goes now would not be noticed before its stream can be written on.
    var mayBlockInStream: Bool { phase == .writing && isStreaming }

    /// The answer has been written, or the request has failed.
    ///
    /// - Parameter receivedByteCount: all that has come from the client so far; `nil` if nobody has asked.
    mutating func completed(now: MonotonicInstant, receivedByteCount: UInt64?) {
        switch phase {
        // Over without an answer: libmicrohttpd has found out first that the client has gone, or is to close.
        case .running, .pausing, .parked, .body: isGone = true
        case .idle, .writing, .closed: break
        }
        arrived = receivedByteCount.flatMap { $0 > consumedByteCount ? ($0, now) : nil }
        isStreaming = false
        requestNumber += 1
        acknowledged = nil
        if phase != .closed { phase = .idle(since: now, headSince: nil) }
    }

    /// Whether a wake-up has come for the request that runs.
    var isWoken: Bool { phase == .running(isWoken: true) }

    /// The request with that number is to be given away, if it is still parked.
    ///
    /// - Returns: whether the caller is to resume it.
    mutating func unpark(_ number: UInt64) -> Bool {
        guard phase == .parked, number == requestNumber else { return false }
        phase = .running(isWoken: false)
        return true
    }

    /// Somebody else serves the client now; for libmicrohttpd the connection ends.
    mutating func detach() {
        phase = .closed
    }

    /// libmicrohttpd is about to close the descriptor.
    ///
    /// - Returns: whether the client may be sending still: the kernel would answer that with a reset, which throws away what of
    ///   our own answer the client has not read.
    mutating func close(progress: () -> TCPProgress?) -> Bool {
        phase = .closed
        if isShutDown { return false }
        return isAnsweredEarly || progress().map { $0.receivedByteCount > consumedByteCount } ?? false
    }
}
