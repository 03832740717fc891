import CoreMetrics
import Threads

/// The instruments of a hub: it is told what happens, and tells the backend that the hub was given.
///
/// What is told for each hand-over takes neither a lock nor memory, as far as the backend's instruments take none.
package final class HubMetrics: Sendable {
    private let factory: any MetricsFactory
    private let received: Counter
    private let deliveries: Counter
    private let deliveryLatency: Timer
    private let gaps: [Gap.Reason: Counter]
    /// By the number of the outcome.
    private let posts: [Counter]
    private let batchNotifications: Recorder
    private let batchTransactions: Recorder
    private let beatRoundTrip: Timer
    private let queueUsage: Meter
    private let channels: Meter
    private let historyBytes: Meter
    private let reconnects: [ConnectionRole: [SessionEnd.Cause: Counter]]
    private let readers = Locked<[ReaderKind: Meter]>([:])

    /// - Parameter factory: the backend; it is asked for every instrument but those of kinds of readers that are not known yet.
    init(_ factory: any MetricsFactory) {
        self.factory = factory
        received = factory.counter(.notificationsReceived)
        deliveries = factory.counter(.deliveries)
        deliveryLatency = factory.timer(.deliveryLatency)
        gaps = .init(uniqueKeysWithValues: Gap.Reason.all.map { ($0, factory.counter(.gaps, [("reason", $0.description)])) })
        posts = PostOutcome.allCases.map { factory.counter(.posts, [("outcome", $0.name)]) }
        batchNotifications = factory.recorder(.batchNotifications)
        batchTransactions = factory.recorder(.batchTransactions)
        beatRoundTrip = factory.timer(.beatRoundTrip)
        queueUsage = factory.meter(.queueUsage)
        channels = factory.meter(.channels)
        historyBytes = factory.meter(.historyBytes)
        reconnects = Self.reconnects(factory)
        expect([.library])
    }

    private static func reconnects(_ factory: any MetricsFactory) -> [ConnectionRole: [SessionEnd.Cause: Counter]] {
        var counters: [ConnectionRole: [SessionEnd.Cause: Counter]] = [:]
        for connection in ConnectionRole.allCases {
            for cause in SessionEnd.Cause.allCases where cause != .stopping {
                let labels = [("connection", connection.rawValue), ("cause", cause.rawValue)]
                counters[connection, default: [:]][cause] = factory.counter(.reconnects, labels)
            }
        }
        return counters
    }
}

// MARK: - what happens, told at once

extension HubMetrics {
    /// The listener has taken so many notifications from its connection, whether anybody reads them or not.
    package func heard(notificationCount: Int) {
        received.increment(by: notificationCount)
    }

    /// A reader has got so many notifications at once.
    ///
    /// - Parameter instant: when the oldest of them was read from PostgreSQL; `nil` if the reader came only after that, so that
    ///   the time since then says nothing about the delivery.
    package func handedOver(_ count: Int, heardAt instant: MonotonicInstant?, now: MonotonicInstant) {
        deliveries.increment(by: count)
        if let instant { deliveryLatency.recordNanoseconds(now.nanoseconds - instant.nanoseconds) }
    }

    /// A reader was told of a gap.
    package func told(_ reason: Gap.Reason) {
        gaps[reason]?.increment()
    }

    /// So many posts were answered.
    package func answered(_ outcome: PostOutcome, _ count: Int = 1) {
        posts[outcome.rawValue].increment(by: count)
    }

    /// A pipeline was sent to PostgreSQL.
    package func sent(batch notificationCount: Int, transactions transactionCount: Int) {
        batchNotifications.record(notificationCount)
        batchTransactions.record(transactionCount)
    }

    /// A beat of the poster's has come back to the listener.
    package func beat(roundTrip: Duration) {
        beatRoundTrip.recordNanoseconds(roundTrip.nanoseconds)
    }

    /// A connection that stood is lost, and will be made again; nothing is counted when that is because the hub stops.
    func lost(_ connection: ConnectionRole, cause: SessionEnd.Cause) {
        reconnects[connection]?[cause]?.increment()
    }

    /// PostgreSQL has said which share of its notification queue is in use: 0 to 1.
    package func queueUsage(_ fraction: Double) {
        queueUsage.set(fraction)
    }
}

// MARK: - what there is, told when somebody asks

extension HubMetrics {
    /// Readers of these kinds may come: they are shown from now on, also while there are none.
    package func expect(_ kinds: [ReaderKind]) {
        readers.withLock { readers in
            for kind in kinds where readers[kind] == nil {
                readers[kind] = factory.meter(.readers, [("kind", kind.name)])
            }
        }
    }

    /// Shows what a table holds at the moment.
    func show(_ figures: TableFigures) {
        channels.set(figures.channelCount)
        historyBytes.set(figures.historyByteCount)
        expect(Array(figures.readerCounts.keys))
        for (kind, meter) in readers.withLock({ $0 }) { meter.set(figures.readerCounts[kind] ?? 0) }
    }
}
