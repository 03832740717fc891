import TestSupport
import Threads

@testable import Trunkline

/// A PostgreSQL in memory with one listening connection, which can be lost, and which can be broken on purpose.
///
/// Posts commit at once and in one order; whoever listens at that moment hears them.
package final class MemorySource: NotificationSource {
    private struct State {
        var core: HubCore?
        /// Names that are listened to, while there is a session.
        var listening: Set<ChannelName> = []
        var isConnected = true
        var committed: [RunHistory.Witnessed] = []
        /// Arrives after the next one.
        var heldBack: HubCore.Table.Arrival?
        var isStopping = false
    }

    private let defect: Defect?
    /// One call at a time, so that the table sees one order.
    private let state = Locked(State())
    private let wakeUp: EventDescriptor
    private let thread = Locked<NamedThread?>(nil)
    /// Every so many-th notification meets the defect.
    private static let period = 10

    package init(defect: Defect?) throws {
        self.defect = defect
        wakeUp = try EventDescriptor()
    }

    /// All that was committed, in its order.
    package var committed: [RunHistory.Witnessed] { state.withLock { $0.committed } }

    package func start(_ core: HubCore) {
        state.withLock { $0.core = core }
        core.note(listener: .up, encoding: .utf8)
        core.note(poster: .up)
        let thread = NamedThread("memory source") { [self] in
            while !state.withLock({ $0.isStopping }) {
                obey()
                _ = Poll.wait(on: nil, wakeUp: wakeUp, until: core.nextTurn())
            }
        }
        self.thread.withLock { $0 = thread }
    }

    package func reconcile() {
        wakeUp.signal()
    }

    package func stop(by deadline: MonotonicInstant) {
        state.withLock { $0.isStopping = true }
        wakeUp.signal()
        thread.withLock { $0 }?.join()
    }

    /// The connection ends; what is committed from now on is not heard.
    package func lose() {
        let core = state.withLock { state in
            state.isConnected = false
            state.listening = []
            return state.core
        }
        guard defect != .forgetsTheGap else { return }
        core?.loseConnection()
        // The table hears of confirmed LISTENs before there is a session.
        if defect == .tellsTheGapTooEarly { wakeUp.signal() }
    }

    /// There is a connection again, and what is wanted is listened to again.
    package func remake() {
        state.withLock { state in
            state.isConnected = true
            if defect == .forgetsTheGap || defect == .tellsTheGapTooEarly {
                state.listening = Set(state.core?.table.withLock { $0.facts.map(\.name) } ?? [])
            }
        }
        wakeUp.signal()
    }

    package func post(_ post: Post) {
        let isPosted = state.withLock { state in
            for item in post.items { commit(item, &state) }
            return defect != .refusesTooMuch || state.committed.count % Self.period != 0
        }
        post.answer(isPosted ? .success(()) : .failure(TrunklineError(.notPosted, "not posted, it says")))
    }

    private func commit(_ item: Post.Item, _ state: inout State) {
        let arrival = HubCore.Table.Arrival(channel: item.channel, payload: item.payload)
        if defect == .acknowledgesTooMuch, isUnlucky(state), !Closing.isClosing("\(item.payload)") {
            // Counted all the same, or all that follow would be lost.
            state.committed.append(.init(channel: "nobody's", payload: "\(item.payload)"))
            return
        }
        state.committed.append(.init(channel: "\(item.channel)", payload: "\(item.payload)"))
        guard state.isConnected, state.listening.contains(item.channel) else { return }
        // Under our lock, so that arrivals keep the order of the commits.
        state.core?.deliver(broken(arrival, &state))
    }

    /// What arrives in place of one notification.
    private func broken(_ arrival: HubCore.Table.Arrival, _ state: inout State) -> [HubCore.Table.Arrival] {
        switch defect {
        case .drops where isUnlucky(state): return []
        case .duplicates where isUnlucky(state): return [arrival, arrival]
        case .swaps:
            // Of the same channel: between two channels nobody promises an order to him who reads one.
            if let held = state.heldBack, held.channel == arrival.channel {
                state.heldBack = nil
                return [arrival, held]
            }
            guard isUnlucky(state), state.heldBack == nil else { return [arrival] }
            state.heldBack = arrival
            return []
        case _: return [arrival]
        }
    }

    private func isUnlucky(_ state: State) -> Bool { state.committed.count % Self.period == 0 }

    /// Takes the commands of the table, as PostgreSQL would.
    private func obey() {
        while let core = mayObey(), let command = core.nextCommand() {
            switch command {
            case .listen(let names):
                state.withLock { state in
                    if state.isConnected { state.listening.formUnion(names) }
                }
                core.confirmListen(names)
            case .unlisten(let names):
                state.withLock { $0.listening.subtract(names) }
                core.confirmUnlisten(names)
            }
        }
    }

    private func mayObey() -> HubCore? {
        state.withLock { state in
            state.isConnected || defect == .tellsTheGapTooEarly ? state.core : nil
        }
    }
}
