import Threads

@testable import Trunkline

/// Follows channels as the server's streams do, and keeps all it finds.
final class RecordingReader: Wakeable {
    private struct State {
        var id: ReaderID?
        var sights: [Sight] = []
        var notifications: [Notification] = []
    }

    private let hub: Hub
    private let state = Locked(State())

    /// Begins to follow `names` from now on, announcing when it is armed.
    convenience init(_ hub: Hub, _ names: ChannelName...) throws {
        try self.init(hub, names)
    }

    init(_ hub: Hub, _ names: [ChannelName]) throws {
        self.hub = hub
        let id = try hub.attach(names, from: .now, announcesArming: true, owner: self)
        state.withLock { $0.id = id }
        wake()
    }

    func wake() {
        guard let id = state.withLock({ $0.id }) else { return }
        do throws(TrunklineError) {
            while true {
                let look = try hub.look(id, countMax: 1_000, parks: true)
                if case .nothing = look { return }
                note(look)
                if case .failed = look { return }
            }
        } catch {
            state.withLock { $0.sights.append(.failed(error.code)) }
        }
    }

    private func note(_ look: HubCore.Table.Look) {
        state.withLock { state in
            state.sights.append(Sight(look))
            guard case .notifications(let entries, _) = look else { return }
            for case .notification(let notification) in entries.map(\.content) { state.notifications.append(notification) }
        }
    }

    func leave() {
        let id = state.withLock { state in
            defer { state.id = nil }
            return state.id
        }
        if let id { hub.detach(id) }
    }

    var isArmed: Bool { sights.contains { if case .armed = $0 { true } else { false } } }

    var sights: [Sight] { state.withLock { $0.sights } }

    var payloads: [String] { notifications.map(\.payload.description) }

    var notifications: [Notification] { state.withLock { $0.notifications } }

    /// The reasons of all gaps, in order.
    var gaps: [Gap.Reason] {
        sights.compactMap { if case .gap(let reason, _, _, _) = $0 { reason } else { nil } }
    }
}
