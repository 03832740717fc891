import Logging
import Synchronization
import Threads

/// What the hub's threads share: the table behind its lock, and the waker.
///
/// Each method asks the table under the lock and acts after it.
package final class HubCore: Sendable {
    typealias Table = ChannelTable<any Wakeable>

    /// What is known of the source.
    private struct Standing {
        var listener = SourceState.down("the listener has not connected yet")
        var poster = SourceState.down("the poster has not connected yet")
        var encoding: TextEncoding?
    }

    let table: Locked<Table>
    package let logger: Logger
    package let metrics: HubMetrics
    private let standing = Locked(Standing())
    /// Asked at every look that finds nothing.
    private let hasBegunStopping = Atomic(false)
    private let waker: Waker

    init(limits: Table.Limits, logger: Logger, metrics: HubMetrics) throws(SystemError) {
        var generator = SystemRandomNumberGenerator()
        table = Locked(Table(limits: limits, epoch: Cursor.makeEpoch(using: &generator)))
        waker = try Waker()
        self.logger = logger
        self.metrics = metrics
    }

    // MARK: for readers

    /// Wakes everybody who is parked; from now on whoever looks is told that the hub is stopping.
    func beginStopping() {
        hasBegunStopping.store(true, ordering: .sequentiallyConsistent)
        waker.wake(table.withLock { $0.claimAll() })
    }

    var isStopping: Bool { hasBegunStopping.load(ordering: .sequentiallyConsistent) }

    func wake(_ owners: [any Wakeable]) {
        waker.wake(owners)
    }

    func stopWaking() {
        waker.stop()
    }

    // MARK: for the source

    /// The next command for PostgreSQL; answered with one of the methods below before the next is asked for.
    package func nextCommand() -> ChannelTable<any Wakeable>.Command? {
        table.withLock { $0.nextCommand(now: .now) }
    }

    /// When to ask for the next command without having been told to; asked before each sleep.
    package func nextTurn() -> MonotonicInstant? {
        planTurn().turn
    }

    /// Somebody reads.
    var isWanted: Bool { table.withLock { $0.readerCount > 0 } }

    /// What the listener goes by before it sleeps: its planned turn, and whether somebody reads.
    func planTurn() -> (turn: MonotonicInstant?, isWanted: Bool) {
        table.withLock { ($0.planTurn(now: .now), $0.readerCount > 0) }
    }

    package func confirmListen(_ names: [ChannelName]) {
        waker.wake(table.withLock { $0.confirmListen(names, now: .now) })
    }

    package func confirmUnlisten(_ names: [ChannelName]) {
        table.withLock { $0.confirmUnlisten(names) }
    }

    package func refuseBatch(_ names: [ChannelName]) {
        table.withLock { $0.refuseBatch(names) }
    }

    package func refuse(_ name: ChannelName, _ failure: TrunklineError) {
        waker.wake(table.withLock { $0.refuse(name, failure, now: .now) })
    }

    /// All that one reading of the socket has brought.
    package func deliver(_ arrivals: [ChannelTable<any Wakeable>.Arrival]) {
        guard !arrivals.isEmpty else { return }
        metrics.heard(notificationCount: arrivals.count)
        let milliseconds = WallClock.milliseconds
        // Before the wait for the lock, which is part of what a delivery takes.
        let now = MonotonicInstant.now
        waker.wake(table.withLock { $0.deliver(arrivals, milliseconds: milliseconds, now: now) })
    }

    package func loseConnection() {
        table.withLock { $0.loseConnection() }
    }

    /// How the listener's connection stands, and the encoding of its database.
    package func note(listener state: SourceState, encoding: TextEncoding? = nil) {
        standing.withLock { standing in
            standing.listener = state
            if let encoding { standing.encoding = encoding }
        }
    }

    package var listenerState: SourceState { standing.withLock { $0.listener } }

    package var posterState: SourceState { standing.withLock { $0.poster } }

    /// How the poster's connection stands.
    package func note(poster state: SourceState) {
        standing.withLock { $0.poster = state }
    }

    /// The encoding of the database, once it is known.
    package var encoding: TextEncoding? { standing.withLock { $0.encoding } }

    /// Why the hub cannot serve just now; `nil` when it can, as far as its connections show.
    package var complaint: String? {
        outage ?? (listenerState == .unproven ? "the listener is connected, but nothing that was posted has arrived yet" : nil)
    }

    /// Why one of the connections is missing; `nil` when both are there.
    var outage: String? {
        if isStopping { return "the server is stopping" }
        return standing.withLock { standing in
            if case .down(let reason) = standing.listener { return reason }
            if case .down(let reason) = standing.poster { return reason }
            return nil
        }
    }
}
