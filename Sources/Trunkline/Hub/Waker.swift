import Threads

/// Wakes those who were claimed: a few at once, many on a thread whose only work that is.
///
/// The listener hands them over and reads on: a listener that stops reading holds back the notifications of the whole
/// cluster, and waking 10,000 takes a tenth of a second. To wake a few takes less than to wake the thread that would.
final class Waker: Sendable {
    /// The most that the caller wakes itself.
    static let directCountMax = 16

    private struct State {
        var queue: [any Wakeable] = []
        var isStopping = false
        var thread: NamedThread?
    }

    private let state = Locked(State())
    private let wakeUp: EventDescriptor

    /// Starts the thread.
    init() throws(SystemError) {
        wakeUp = try EventDescriptor()
        let thread = NamedThread("waker") { [state, wakeUp] in Self.run(state, wakeUp) }
        state.withLock { $0.thread = thread }
    }

    /// Wakes `owners`, in their order, soon. Never blocks. Must not be called with a lock held.
    func wake(_ owners: [any Wakeable]) {
        guard owners.count > Self.directCountMax else {
            for owner in owners { owner.wake() }
            return
        }
        let isFirst = state.withLock { state in
            defer { state.queue.append(contentsOf: owners) }
            return state.queue.isEmpty
        }
        if isFirst { wakeUp.signal() }
    }

    /// Wakes all that were handed over, then ends the thread. Must not be called from a `wake()`.
    func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        wakeUp.signal()
        thread?.join()
    }

    private static func run(_ state: Locked<State>, _ wakeUp: EventDescriptor) {
        while true {
            let (owners, isStopping) = state.withLock { state in
                defer { state.queue = [] }
                return (state.queue, state.isStopping)
            }
            for owner in owners { owner.wake() }
            if owners.isEmpty {
                if isStopping { return }
                _ = Poll.wait(on: nil, wakeUp: wakeUp, until: nil)
            }
        }
    }
}
