/// What a hub measures, each by the name of its instrument, which ends in the unit.
package enum HubMetric: String, CaseIterable, Sendable {
    case batchNotifications = "trunkline_batch_notifications"
    case batchTransactions = "trunkline_batch_transactions"
    case beatRoundTrip = "trunkline_beat_round_trip_seconds"
    case channels = "trunkline_channels"
    case deliveries = "trunkline_deliveries_total"
    case deliveryLatency = "trunkline_delivery_latency_seconds"
    case gaps = "trunkline_gaps_total"
    case historyBytes = "trunkline_history_bytes"
    case notificationsReceived = "trunkline_notifications_received_total"
    case posts = "trunkline_posts_total"
    case queueUsage = "trunkline_notification_queue_usage_ratio"
    case readers = "trunkline_readers"
    case reconnects = "trunkline_reconnects_total"

    /// What it means, in one line, for a backend that can tell it.
    package var help: String {
        switch self {
        case .batchNotifications: "Notifications sent to PostgreSQL in one pipeline."
        case .batchTransactions: "Transactions sent to PostgreSQL in one pipeline."
        case .beatRoundTrip: "The way of a heartbeat from the poster's connection through PostgreSQL to the listener's."
        case .channels: "Channels that are read, or were until a moment ago."
        case .deliveries: "Notifications handed to readers, each reader counted."
        case .deliveryLatency:
            "From the listener's reading to the hand-over to a reader that was there by then, of the oldest notification handed over at once."
        case .gaps: "Gaps handed to readers, each reader counted, by reason."
        case .historyBytes: "Bytes kept in the histories of all channels."
        case .notificationsReceived: "Notifications that the listener has received."
        case .posts: "Posts that were answered, by outcome: posted, not_posted, unknown, refused, over_limit, stopping."
        case .queueUsage: "The share of PostgreSQL's notification queue that is in use, 0 to 1, when last asked for."
        case .readers: "Readers that are attached, waiting or not, by kind."
        case .reconnects: "Connections to PostgreSQL that were lost and had to be made again, by connection and cause."
        }
    }
}
