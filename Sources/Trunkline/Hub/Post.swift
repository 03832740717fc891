import Threads

/// One request to notify: all its notifications are committed together, or none.
package struct Post: Sendable {
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
    /// The encoding in which it is known to be sendable.
    let checkedFor: TextEncoding?
    /// `.success` after COMMIT. Called exactly once, on any thread; must not block.
    package let completion: @Sendable (Result<Void, TrunklineError>) -> Void
}
