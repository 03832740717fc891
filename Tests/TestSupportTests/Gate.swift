import TestSupport
import Threads

/// Opens when so many have arrived.
final class Gate: Sendable {
    private let missing: Locked<Int>

    init(count: Int) {
        missing = Locked(count)
    }

    /// Blocks until all have arrived.
    func arriveAndWait() throws {
        missing.withLock { $0 -= 1 }
        try blockUntil("all have arrived") { missing.withLock { $0 } == 0 }
    }
}
