/// The notifications of one channel, in order and complete: where one may be missing, it ends with an error.
public struct Notifications: AsyncSequence, Sendable {
    /// What it yields.
    public typealias Element = Notification

    private let subscription: Subscription

    init(_ subscription: Subscription) {
        self.subscription = subscription
    }

    /// A reader of its own.
    public func makeAsyncIterator() -> Iterator {
        Iterator(subscription.makeAsyncIterator())
    }

    /// Reads on from its place.
    public struct Iterator: AsyncIteratorProtocol {
        private var elements: Subscription.Iterator

        init(_ elements: Subscription.Iterator) {
            self.elements = elements
        }

        /// The next notification; `nil` when the task is cancelled.
        ///
        /// - Throws: `.missed` at a gap, and whatever ends a `Subscription`.
        public mutating func next() async throws(TrunklineError) -> Notification? {
            try await next(isolation: nil)
        }

        /// The same, for a loop in an actor.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(TrunklineError) -> Notification? {
            switch try await elements.next(isolation: actor) {
            case .notification(let notification): return notification
            case .gap(let gap): throw TrunklineError(.missed, "notifications may be missing here: \(gap.reason)")
            case nil: return nil
            }
        }
    }
}
