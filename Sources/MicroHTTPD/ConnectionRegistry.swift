import Synchronization
import Threads

/// The connections that are there, so that they can be counted, closed and waited for.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: Connection] = [:]
        /// Places of connections that are about to come.
        var claimedCount = 0
        /// Somebody is to be told when there is a place.
        var isRoomAwaited = false
        var onRoom: (@Sendable () -> Void)?
        var isShutDown = false
        /// Signalled when the last connection has gone.
        var waiter: EventDescriptor?
    }

    /// The most connections that are there at a time.
    private let countMax: Int
    private let state = Locked(State())
    /// Written under the lock; read without, for each answer.
    private let currentCount = Atomic(0)

    init(countMax: Int) {
        self.countMax = countMax
    }

    var count: Int { currentCount.load(ordering: .acquiring) }
    var all: [Connection] { state.withLock { Array($0.connections.values) } }

    /// Has `action` run when `awaitsRoom` was asked for and there is a place again; `nil` ends that.
    func onRoom(_ action: (@Sendable () -> Void)?) {
        state.withLock { $0.onRoom = action }
    }

    /// Whether there is no place for another connection; then `onRoom` follows.
    func awaitsRoom() -> Bool {
        guard count >= countMax else { return false }
        return state.withLock { state in
            state.isRoomAwaited = !hasRoom(state)
            return state.isRoomAwaited
        }
    }

    private func hasRoom(_ state: State) -> Bool { state.connections.count + state.claimedCount < countMax }

    /// Takes a place for a connection that is about to be added.
    ///
    /// - Returns: false when there is none.
    func claimPlace() -> Bool {
        state.withLock { state in
            guard hasRoom(state) else { return false }
            state.claimedCount += 1
            return true
        }
    }

    /// The connection has not come.
    func giveUpPlace() {
        let onRoom = state.withLock { state in
            state.claimedCount -= 1
            return takeOnRoom(&state)
        }
        onRoom?()
    }

    /// Who is to be told that there is a place, if somebody is.
    private func takeOnRoom(_ state: inout State) -> (@Sendable () -> Void)? {
        guard state.isRoomAwaited, hasRoom(state) else { return nil }
        state.isRoomAwaited = false
        return state.onRoom
    }

    /// Adds a connection, for which a place was claimed.
    ///
    /// - Returns: false when the connection came too late to be served.
    func add(_ connection: Connection) -> Bool {
        state.withLock { state in
            state.claimedCount -= 1
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
        let (waiter, onRoom) = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            currentCount.store(state.connections.count, ordering: .releasing)
            return (state.connections.isEmpty ? state.waiter : nil, takeOnRoom(&state))
        }
        waiter?.signal()
        onRoom?()
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
