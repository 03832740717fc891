import CoreMetrics
import Threads

/// The instruments of a hub: it is told what happens, and tells the backend that the hub was given.
///
/// What is told for each hand-over takes neither a lock nor memory, as far as the backend's instruments take none.
package final class HubMetrics: Sendable {
    /// One of the two connections to PostgreSQL.
    package enum Connection: String, CaseIterable, Sendable {
        case listener, poster
    }

    /// The most causes that are told apart per connection: a text of PostgreSQL's must not make instruments without end.
    static let causeCountMax = 32

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
    private let readers = Locked<[ReaderKind: Meter]>([:])
    private let reconnects = Locked<[Connection: [String: Counter]]>([:])

    /// - Parameter factory: the backend; it is asked for every instrument that needs no label of a moment yet to come.
    init(_ factory: any MetricsFactory) {
        self.factory = factory
        received = factory.counter(.notificationsReceived)
        deliveries = factory.counter(.deliveries)
        deliveryLatency = factory.timer(.deliveryLatency)
        gaps = .init(uniqueKeysWithValues: Gap.Reason.all.map { ($0, factory.counter(.gaps, ("reason", $0.description))) })
        posts = PostOutcome.allCases.map { factory.counter(.posts, ("outcome", $0.name)) }
        batchNotifications = factory.recorder(.batchNotifications)
        batchTransactions = factory.recorder(.batchTransactions)
        beatRoundTrip = factory.timer(.beatRoundTrip)
        queueUsage = factory.meter(.queueUsage)
        channels = factory.meter(.channels)
        historyBytes = factory.meter(.historyBytes)
        expect([.library])
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
    package func handedOver(_ count: Int, heardAt instant: MonotonicInstant?) {
        deliveries.increment(by: count)
        if let instant { deliveryLatency.recordNanoseconds(MonotonicInstant.now.nanoseconds - instant.nanoseconds) }
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

    /// A connection that stood is lost, and will be made again.
    ///
    /// - Parameter cause: one of a few fixed words, as it becomes a label: `beat_missed`, not a server's sentence.
    package func lost(_ connection: Connection, cause: String) {
        reconnects.withLock { reconnects in
            let known = reconnects[connection, default: [:]]
            let cause = known[cause] != nil || known.count < Self.causeCountMax ? cause : "other"
            let counter =
                known[cause] ?? factory.counter(.reconnects, ("connection", connection.rawValue), ("cause", cause))
            reconnects[connection, default: [:]][cause] = counter
            return counter
        }.increment()
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
                readers[kind] = factory.meter(.readers, ("kind", kind.name))
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
