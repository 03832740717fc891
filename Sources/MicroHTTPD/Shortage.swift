import Threads

/// What is done when libmicrohttpd has no descriptor for a client: it says so once for each worker and attempt, and such a worker
/// takes no clients any more until one of its own connections ends, however many descriptors there are by then.
final class Shortage: Sendable {
    /// How long after the first word of it there is another try, and after each that fails.
    private static let pause = Duration.milliseconds(250)
    /// How often an operator is told at the most.
    private static let warningInterval = Duration.seconds(60)

    private struct State {
        /// How often it was told of.
        var count = 0
        /// Somebody is about to mend it.
        var isBeingMended = false
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
        let (mustWarn, mustMend) = state.withLock { state in
            let now = MonotonicInstant.now
            let mustWarn = state.lastWarning.map { now >= $0 + Self.warningInterval } ?? true
            if mustWarn { state.lastWarning = now }
            state.count += 1
            defer { state.isBeingMended = true }
            return (mustWarn, !state.isBeingMended)
        }
        if mustWarn {
            warn("no descriptor is left for a new client: raise the limit of open files, or lower max_held; trying again")
        }
        if mustMend { timekeeper.schedule(at: .now + Self.pause) { [self] in mendWhatIsKnown($0) } }
        return true
    }

    /// - Returns: when to try again.
    private func mendWhatIsKnown(_ now: MonotonicInstant) -> MonotonicInstant? {
        let (count, mend) = state.withLock { ($0.count, $0.mend) }
        let isMended = mend?() ?? true
        return state.withLock { state in
            // What was told of meanwhile may have come after it was mended.
            state.isBeingMended = !isMended || state.count != count
            return state.isBeingMended ? now + Self.pause : nil
        }
    }
}
