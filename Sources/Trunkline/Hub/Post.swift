import Threads

/// One request to notify: all its notifications are committed together, or none.
package struct Post: Sendable {
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
    /// When it must be answered.
    package let deadline: MonotonicInstant
    /// What is kept back of the time until then for PostgreSQL's answer: with less left it is not sent any more, for a wait
    /// that ends too late would leave the outcome unknown.
    var margin = Post.marginMax
    /// The encoding in which it is known to be sendable.
    let checkedFor: TextEncoding?
    /// `.success` after COMMIT. Called exactly once, on any thread; must not block.
    package let completion: @Sendable (Result<Void, TrunklineError>) -> Void
}
