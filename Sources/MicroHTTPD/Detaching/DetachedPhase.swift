import Synchronization

/// What a detached client is about, for any thread: one of four phases, changed atomically.
struct DetachedPhase: ~Copyable {
    private enum Value {
        /// Has nothing to do, until it is woken or the client takes more.
        static let sleeping: UInt8 = 0
        /// Its thread is to run it.
        static let queued: UInt8 = 1
        /// Its thread runs it.
        static let running: UInt8 = 2
        /// Woken while it ran: it is to look once more.
        static let runningAndWoken: UInt8 = 3
        /// Over.
        static let closed: UInt8 = 4
    }

    private let value: Atomic<UInt8>

    /// - Parameter isQueued: whether its thread is to run it at once.
    init(isQueued: Bool = true) {
        value = Atomic(isQueued ? Value.queued : Value.sleeping)
    }

    /// Notes that there is something to look at.
    ///
    /// - Returns: whether the caller is to put it into its thread's queue.
    func wake() -> Bool {
        while true {
            let old = value.load(ordering: .acquiring)
            let new: UInt8
            switch old {
            case Value.sleeping: new = Value.queued
            case Value.running: new = Value.runningAndWoken
            default: return false
            }
            if value.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged {
                return old == Value.sleeping
            }
        }
    }

    /// Its thread begins to run it. Wake-ups so far are what it runs for.
    ///
    /// - Returns: false when it is over.
    func run() -> Bool {
        let old = value.exchange(Value.running, ordering: .acquiringAndReleasing)
        guard old != Value.closed else {
            value.store(Value.closed, ordering: .releasing)
            return false
        }
        return true
    }

    /// Its thread has found nothing more to do.
    ///
    /// - Returns: false when it was woken meanwhile, and is to look again.
    func sleep() -> Bool {
        let result = value.compareExchange(
            expected: Value.running, desired: Value.sleeping, ordering: .acquiringAndReleasing)
        if !result.exchanged { value.store(Value.running, ordering: .releasing) }
        return result.exchanged
    }

    /// Its thread is to run it once more, after its others, and puts it into its queue.
    func requeue() {
        // A wake-up that came meanwhile is part of what it runs for.
        value.store(Value.queued, ordering: .releasing)
    }

    /// It is over. Only its thread closes it.
    func close() {
        value.store(Value.closed, ordering: .releasing)
    }

    var isClosed: Bool { value.load(ordering: .acquiring) == Value.closed }
}
