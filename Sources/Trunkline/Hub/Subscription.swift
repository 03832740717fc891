/// Everything that comes on some channels, in order, with each loss at its place.
///
/// Each iterator is a reader of its own: it keeps a place in the shared history and no queue, so a slow one costs nothing, and
/// is told of a gap when the history has moved on without it. It ends when its task is cancelled.
public struct Subscription: AsyncSequence, Sendable {
    /// One thing to be told.
    public enum Element: Hashable, Sendable {
        /// A notification; `id` is the cursor to go on from.
        case notification(Notification)
        /// Notifications may be missing here.
        case gap(Gap)
    }

    private let hub: Hub
    private let channels: [ChannelName]
    private let start: Cursor?

    init(hub: Hub, channels: [ChannelName], start: Cursor?) {
        self.hub = hub
        self.channels = channels
        self.start = start
    }

    /// A reader of its own, from the cursor on, or from now.
    public func makeAsyncIterator() -> Iterator {
        Iterator(Subscriber(hub: hub, channels: channels, start: start))
    }

    /// Reads on from its place.
    public struct Iterator: AsyncIteratorProtocol {
        private let subscriber: Subscriber
        private var ready: ArraySlice<Element> = []

        init(_ subscriber: Subscriber) {
            self.subscriber = subscriber
        }

        /// The next notification or gap; `nil` when the task is cancelled.
        ///
        /// - Throws: `.stopping` when the hub stops, `.listenRefused`, `.notRepresentable`, `.channelInvalid`, `.overLimit`.
        public mutating func next() async throws(TrunklineError) -> Element? {
            if ready.isEmpty { ready = try await subscriber.next()[...] }
            return ready.popFirst()
        }

        /// The same, for a loop in an actor.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(TrunklineError) -> Element? {
            if ready.isEmpty { ready = try await subscriber.next()[...] }
            return ready.popFirst()
        }
    }
}
