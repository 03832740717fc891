import Threads

/// What is done when libmicrohttpd has no descriptor for a client: it says so once for each worker and attempt, and such a worker
/// takes no clients any more until one of its own connections ends, however many descriptors there are by then.
final class Shortage: Sendable {
    /// How long after the first word of it there is another try, and after each that fails.
    private static let pause = Duration.milliseconds(250)
    /// How often an operator is told at the most.
    private static let warningInterval = Duration.seconds(60)

    private struct State {
        var isKnown = false
        var lastWarning: MonotonicInstant?
        var mend: (@Sendable () -> Bool)?
    }

    private let timekeeper: Timekeeper
    private let warn: @Sendable (String) -> Void
    private let state = Locked(State())

    init(timekeeper: Timekeeper, warn: @escaping @Sendable (String) -> Void) {
        self.timekeeper = timekeeper
        self.warn = warn
    }

    /// From now on there is somebody to mend it.
    ///
    /// - Parameter mend: returns whether it has.
    func begin(_ mend: @escaping @Sendable () -> Bool) {
        state.withLock { $0.mend = mend }
    }

    /// Takes a line of libmicrohttpd's log.
    ///
    /// - Returns: whether that is all there is to do with it.
    func take(_ line: String) -> Bool {
        guard line.hasPrefix("Hit process or system resource limit") || line.hasPrefix("Error accepting connection") else {
            return false
        }
        let (isNews, isTold) = state.withLock { state in
            let now = MonotonicInstant.now
            let isTold = state.lastWarning.map { now < $0 + Self.warningInterval } ?? false
            if !isTold { state.lastWarning = now }
            defer { state.isKnown = true }
            return (!state.isKnown, isTold)
        }
        if !isTold {
            warn("no descriptor is left for a new client: raise the limit of open files, or lower max_held; trying again")
        }
        guard isNews else { return true }
        timekeeper.schedule(at: .now + Self.pause) { [self] now in
            // First, so that what is said from here on has it mended again.
            let mend = state.withLock { state in
                state.isKnown = false
                return state.mend
            }
            guard let mend, !mend() else { return nil }
            state.withLock { $0.isKnown = true }
            return now + Self.pause
        }
        return true
    }
}
