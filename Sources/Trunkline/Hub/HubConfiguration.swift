/// The bounds of a hub; all have a default.
public struct HubConfiguration: Sendable {
    /// How long a channel is kept after its last reader, so that the next one with a cursor finds its history. 0–3,600 s.
    public var linger: Duration = .seconds(60)
    /// The most notifications kept per channel; 0 keeps none.
    public var historyCount = 10_000
    /// The most bytes kept per channel; 0 keeps none.
    public var historyBytes = 8 << 20
    /// How long a notification is kept; 0 keeps none.
    public var historyAge: Duration = .seconds(300)
    /// The most bytes kept in all; the channels longest without a reader give way first.
    public var historyBytesTotal = 256 << 20
    /// How long a post may take until it is answered, one way or the other. 0.1–60 s.
    public var postTimeout: Duration = .seconds(3)
    /// The most channels listened to at once.
    public var channelsMax = 10_000

    /// The defaults.
    public init() {}
}
