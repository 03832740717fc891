import Synchronization
import Threads

/// The connections that are there, so that they can be counted, closed and waited for.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        var isShutDown = false
        /// Signalled when the last connection has gone.
        var waiter: EventDescriptor?
    }

    private let state = Locked(State())
    /// Written under the lock; read without, for each answer.
    private let currentCount = Atomic(0)

    var count: Int { currentCount.load(ordering: .acquiring) }
    var all: [Connection] { state.withLock { Array($0.connections.values) } }

    /// - Returns: false when the connection came too late to be served.
    func add(_ connection: Connection) -> Bool {
        state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = connection
            currentCount.store(state.connections.count, ordering: .releasing)
            return !state.isShutDown
        }
    }

    /// One goes on as another: at no time is neither there.
    ///
    /// - Returns: false when the connection is not to be served.
    func replace(_ old: Connection, by connection: Connection) -> Bool {
        state.withLock { state in
            state.connections[ObjectIdentifier(old)] = nil
            state.connections[ObjectIdentifier(connection)] = connection
            currentCount.store(state.connections.count, ordering: .releasing)
            return !state.isShutDown
        }
    }

    func remove(_ connection: Connection) {
        let waiter = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            currentCount.store(state.connections.count, ordering: .releasing)
            return state.connections.isEmpty ? state.waiter : nil
        }
        waiter?.signal()
    }

    /// From now on a connection that comes is shut down at once.
    ///
    /// - Returns: the connections that are there.
    func shutDown() -> [Connection] {
        state.withLock { state in
            state.isShutDown = true
            return Array(state.connections.values)
        }
    }

    /// Sleeps until no connection is left.
    ///
    /// - Returns: false when `deadline` came first.
    func waitUntilEmpty(wakeUp: EventDescriptor, until deadline: MonotonicInstant) -> Bool {
        state.withLock { $0.waiter = wakeUp }
        while count > 0 {
            if deadline <= .now { return false }
            _ = Poll.wait(on: nil, wakeUp: wakeUp, until: deadline)
        }
        return true
    }
}
