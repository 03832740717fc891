extension Hub {
    /// Follows channels: every notification in order, and every loss at its place.
    ///
    /// Complete from the moment at which PostgreSQL has confirmed that it listens; with a cursor, from the cursor on, or a gap
    /// says that it is not.
    ///
    /// - Parameters:
    ///   - channels: at least one; one named twice counts once.
    ///   - cursor: the `id` of the last notification or gap that was seen; `nil` for only what comes from now on.
    public func subscription(to channels: [ChannelName], since cursor: Cursor? = nil) -> Subscription {
        precondition(!channels.isEmpty, "a subscription needs a channel")
        var known: Set<ChannelName> = []
        return Subscription(hub: self, channels: channels.filter { known.insert($0).inserted }, start: cursor)
    }

    /// Follows one channel: every notification in order.
    ///
    /// A sequence of notifications has no place for a loss, so it ends at one, with `.missed`; to go on over it, read a
    /// `subscription(to:since:)`.
    public func notifications(on channel: ChannelName, since cursor: Cursor? = nil) -> Notifications {
        Notifications(subscription(to: [channel], since: cursor))
    }
}
