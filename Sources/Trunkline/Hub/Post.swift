import Threads

/// One request to notify: all its notifications are committed together, or none.
///
/// An object, since it is handed on often, and each copy of a value would count its parts.
package final class Post: Sendable {
    /// The margin of a post that has all the time it needs.
    static let marginMax = Duration.milliseconds(200)

    /// One channel with one payload.
    package struct Item: Hashable, Sendable {
        package let channel: ChannelName
        package let payload: Payload

        package init(channel: ChannelName, payload: Payload) {
            self.channel = channel
            self.payload = payload
        }
    }

    /// Distinct, at least one.
    package let items: [Item]
    /// What it weighs on the wire, roughly.
    let byteCount: Int
    /// When it must be answered.
    package let deadline: MonotonicInstant
    /// What is kept back of the time until then for PostgreSQL's answer: with less left it is not sent any more, for a wait
    /// that ends too late would leave the outcome unknown.
    let margin: Duration
    /// The encoding in which it is known to be sendable.
    let checkedFor: TextEncoding?
    /// Told of the answer; `nil` counts it nowhere.
    private let metrics: HubMetrics?
    private let completion: @Sendable (Result<Void, TrunklineError>) -> Void

    init(
        items: [Item], deadline: MonotonicInstant, margin: Duration = Post.marginMax, checkedFor encoding: TextEncoding?,
        metrics: HubMetrics? = nil, completion: @escaping @Sendable (Result<Void, TrunklineError>) -> Void
    ) {
        self.items = items
        byteCount = items.reduce(0) { $0 + $1.channel.bytes.count + $1.payload.bytes.count + 16 }
        self.deadline = deadline
        self.margin = margin
        checkedFor = encoding
        self.metrics = metrics
        self.completion = completion
    }

    /// `.success` after COMMIT. Called exactly once, on any thread; must not block.
    package func answer(_ answer: Result<Void, TrunklineError>) {
        metrics?.answered(PostOutcome(answer))
        completion(answer)
    }
}
