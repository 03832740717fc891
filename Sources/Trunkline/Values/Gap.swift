/// A loss that is told: between `after` and `id` there may have been notifications on `channels` that nobody will deliver.
public struct Gap: Hashable, Sendable {
    /// Why notifications may be missing. More reasons may come, so this is no enum.
    public struct Reason: Hashable, Sendable, CustomStringConvertible {
        /// The reason as one word.
        public let description: String

        /// The connection to PostgreSQL was lost and made again.
        public static let reconnected = Reason(description: "reconnected")
        /// The cursor is below what is kept.
        public static let expired = Reason(description: "expired")
        /// Nobody listened to the channel for a time since the cursor.
        public static let unlistened = Reason(description: "unlistened")
        /// The cursor is of another run, or unreadable.
        public static let restarted = Reason(description: "restarted")
        /// The reader was too slow for what is kept.
        public static let overflow = Reason(description: "overflow")

        /// All reasons there are.
        static let all: [Reason] = [.reconnected, .expired, .unlistened, .restarted, .overflow]
    }

    /// Why.
    public let reason: Reason
    /// The channels it concerns.
    public let channels: [ChannelName]
    /// The cursor the reader came with or last got; `nil` if that was none of this run.
    public let after: Cursor?
    /// The place just before the first notification that is provably complete again.
    public let id: Cursor
}
