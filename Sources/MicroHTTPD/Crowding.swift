import Synchronization
import Threads

/// Makes room before connections reach their limit: there none is accepted, and new clients hang unanswered.
///
/// Near the limit answers close their connections, and those that wait longest for another request are closed for the sake of
/// new ones. Held requests are left alone. Not crowded, it costs one comparison for each answer and each connection.
final class Crowding: Sendable {
    /// The share of the limit from which on it is crowded.
    private static let crowdedPercent = 90
    /// The share of the limit that is left over when enough idle connections were there to be closed.
    private static let relievedPercent = 80
    /// The least time between two walks over all connections, which may find nothing but held ones.
    private static let interval: Duration = .milliseconds(100)

    private let registry: ConnectionRegistry
    private let connectionsMax: Int
    private let timekeeper: Timekeeper
    private let isScheduled = Atomic(false)
    /// When the last walk began, in nanoseconds.
    private let lastWalk = Atomic(Int64(0))

    init(registry: ConnectionRegistry, connectionsMax: Int, timekeeper: Timekeeper) {
        self.registry = registry
        self.connectionsMax = connectionsMax
        self.timekeeper = timekeeper
    }

    var isCrowded: Bool { registry.count * 100 > connectionsMax * Self.crowdedPercent }

    /// To be called when a connection has come, and when one has begun to wait for another request.
    ///
    /// The walk is made on the timekeeper's thread: workers go on, and one that comes too soon after the last is made later,
    /// not left out, because without room no connection would come to ask again.
    func relieve() {
        guard isCrowded, !isScheduled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        let earliest = MonotonicInstant(nanoseconds: lastWalk.load(ordering: .relaxed)) + Self.interval
        timekeeper.schedule(at: max(.now, earliest)) { [self] now in
            lastWalk.store(now.nanoseconds, ordering: .relaxed)
            // Before the walk: who comes while it is made may ask for another.
            isScheduled.store(false, ordering: .releasing)
            closeLongestIdle()
            return nil
        }
    }

    private func closeLongestIdle() {
        guard isCrowded else { return }
        let excess = registry.count - connectionsMax * Self.relievedPercent / 100
        registry.all
            .compactMap { connection in connection.idleSince.map { (since: $0, connection: connection) } }
            .sorted { $0.since < $1.since }
            .prefix(excess)
            .forEach { $0.connection.shutDownIfUnused() }
    }
}
