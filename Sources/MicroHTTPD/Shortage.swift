import Threads

/// What an operator is told when there is no descriptor for a new client: once a minute, however many threads find out how often.
final class Shortage: Sendable {
    private static let interval = Duration.seconds(60)

    private let warn: @Sendable (String) -> Void
    private let lastWarning = Locked<MonotonicInstant?>(nil)

    init(warn: @escaping @Sendable (String) -> Void) {
        self.warn = warn
    }

    /// There was none.
    func note() {
        let isDue = lastWarning.withLock { last in
            let now = MonotonicInstant.now
            if let last, now < last + Self.interval { return false }
            last = now
            return true
        }
        if isDue {
            warn("no descriptor is left for a new client: raise the limit of open files, or lower max_held; trying again")
        }
    }
}
