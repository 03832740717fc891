import Threads

@testable import Trunkline

/// A stand-in for PostgreSQL in memory, on a thread of its own: what is posted is delivered if it is listened to.
///
/// A gate holds back the confirmations of commands, and the connection can be lost and made again.
final class FakeSource: NotificationSource {
    private struct State {
        var core: HubCore?
        var posts: [Post] = []
        var listening: Set<ChannelName> = []
        var refused: Set<ChannelName> = []
        var isConnected = true
        /// The last connection was lost, and the table was not told yet.
        var isLossUntold = false
        var isGateClosed = false
        var isStopping = false
        var thread: NamedThread?
    }

    private let state = Locked(State())
    private let wakeUp: EventDescriptor

    init() throws {
        wakeUp = try EventDescriptor()
    }

    func start(_ core: HubCore) {
        core.note(listener: .up, encoding: .utf8)
        core.note(poster: .up)
        let thread = NamedThread("fake source") { [self] in run(core) }
        state.withLock {
            $0.core = core
            $0.thread = thread
        }
    }

    func reconcile() {
        wakeUp.signal()
    }

    func post(_ post: Post) {
        let isTaken = state.withLock { state in
            if !state.isStopping { state.posts.append(post) }
            return !state.isStopping
        }
        guard isTaken else { return post.answer(.failure(TrunklineError(.stopping, "not posted"))) }
        wakeUp.signal()
    }

    func stop(by deadline: MonotonicInstant) {
        let thread = state.withLock { state in
            state.isStopping = true
            return state.thread
        }
        wakeUp.signal()
        thread?.join()
    }

    // MARK: for tests

    /// While the gate is closed, no command is confirmed.
    func setGate(isClosed: Bool) {
        change { $0.isGateClosed = isClosed }
    }

    /// Loses the connection, and makes no other until `connect()`.
    func disconnect() {
        change { state in
            state.isConnected = false
            state.isLossUntold = true
            state.listening = []
        }
    }

    func connect() {
        change { $0.isConnected = true }
    }

    func refuse(_ name: ChannelName) {
        change { _ = $0.refused.insert(name) }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        wakeUp.signal()
    }

    // MARK: the thread

    private func run(_ core: HubCore) {
        var underWay: HubCore.Table.Command?
        while true {
            if takeLoss() {
                underWay = nil
                core.loseConnection()
            }
            if state.withLock({ $0.isConnected }) {
                if underWay == nil { underWay = core.nextCommand() }
                while let command = underWay, isGateOpen {
                    obey(command, core)
                    underWay = core.nextCommand()
                }
            }
            commit(core)
            if state.withLock({ $0.isStopping && $0.posts.isEmpty }) { return }
            _ = Poll.wait(on: nil, wakeUp: wakeUp, until: core.nextTurn())
        }
    }

    private var isGateOpen: Bool { state.withLock { !$0.isGateClosed && $0.isConnected } }

    private func takeLoss() -> Bool {
        state.withLock { state in
            defer { state.isLossUntold = false }
            return state.isLossUntold
        }
    }

    private func obey(_ command: HubCore.Table.Command, _ core: HubCore) {
        switch command {
        case .unlisten(let names):
            state.withLock { $0.listening.subtract(names) }
            core.confirmUnlisten(names)
        case .listen(let names):
            let isRefused = state.withLock { state in
                let isRefused = !state.refused.isDisjoint(with: names)
                if !isRefused { state.listening.formUnion(names) }
                return isRefused
            }
            if !isRefused {
                core.confirmListen(names)
            } else if names.count > 1 {
                core.refuseBatch(names)
            } else {
                core.refuse(names[0], TrunklineError(.listenRefused, "PostgreSQL refuses it", channel: names[0]))
            }
        }
    }

    private func commit(_ core: HubCore) {
        let (posts, listening) = state.withLock { state in
            defer { state.posts = [] }
            return (state.posts, state.listening)
        }
        for post in posts {
            core.deliver(
                post.items.filter { listening.contains($0.channel) }.map { .init(channel: $0.channel, payload: $0.payload) })
            post.answer(.success(()))
        }
    }
}
