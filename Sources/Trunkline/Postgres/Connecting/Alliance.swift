import LibPQ
import Threads

/// What the two connections tell each other about where they stand, and how each is told to leave its server.
final class Alliance: Sendable {
    private struct State {
        var allegiance = Allegiance()
        var orders: [ConnectionRole: SessionEnd] = [:]
    }

    private let state = Locked(State())
    private let wakeUps: [ConnectionRole: EventDescriptor]

    /// - Parameter wakeUps: wake the thread of each connection.
    init(wakeUps: [ConnectionRole: EventDescriptor]) {
        self.wakeUps = wakeUps
    }

    /// Takes a new session in, and has the other connection follow where it must.
    ///
    /// - Throws: when the session must not be used.
    func admit(_ identity: ServerIdentity, as role: ConnectionRole) throws(DialFailure) {
        let verdict = state.withLock { state in
            state.orders[role] = nil
            return state.allegiance.admit(identity, as: role)
        }
        switch verdict {
        case .admitted: break
        case .admittedAlone:
            order(role.other, SessionEnd(.moved, "the \(role.rawValue) is connected to another server (\(identity))"))
        case .refused(let reason): throw DialFailure(message: reason, isRefused: true)
        case .refusedForNow(let reason):
            order(role.other, SessionEnd(.moved, "the \(role.rawValue) finds another server (\(identity))"))
            throw DialFailure(message: reason, isRefused: true)
        }
    }

    /// The session of one connection has ended.
    func leave(_ role: ConnectionRole) {
        state.withLock { state in
            state.allegiance.leave(role)
            state.orders[role] = nil
        }
    }

    /// Has one connection end its session, if it has one, and make another.
    func order(_ role: ConnectionRole, _ end: SessionEnd) {
        state.withLock { $0.orders[role] = end }
        wakeUps[role]?.signal()
    }

    /// Why one connection is to end its session; `nil` when it may stay.
    func order(for role: ConnectionRole) -> SessionEnd? {
        state.withLock { $0.orders[role] }
    }
}
