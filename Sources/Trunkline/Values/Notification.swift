/// One notification as PostgreSQL delivered it.
public struct Notification: Hashable, Sendable {
    /// Its place in the order of all notifications of this run; reading on from here misses nothing.
    public let id: Cursor
    /// The channel it came on.
    public let channel: ChannelName
    /// What it carried.
    public let payload: Payload
    /// When this process received it: milliseconds since 1970-01-01 UTC. PostgreSQL keeps no time of its own for it.
    public let receivedMilliseconds: Int64
}
