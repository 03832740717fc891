import Threads

/// Where notifications come from and posts go to: PostgreSQL, or a stand-in for it in tests.
///
/// A source takes the commands of the core, confirms them, delivers what it hears, and posts.
package protocol NotificationSource: AnyObject, Sendable {
    /// Begins to serve `core`, on threads of its own.
    func start(_ core: HubCore)
    /// The core has commands. Called from any thread, often; never blocks.
    func reconcile()
    /// Posts, and calls the completion exactly once, on any thread, at the latest at the post's deadline.
    func post(_ post: Post)
    /// Somebody reads where nobody did: from now on it matters whether notifications arrive. Called often; never blocks.
    func noteInterest()
    /// Answers, once and on any thread, with fresh proof that what is posted arrives (`nil`), or why there is none.
    func prove(within limit: Duration, _ answer: @escaping @Sendable (String?) -> Void)
    /// Takes no more posts, finishes those it has by `deadline`, and ends all its threads.
    func stop(by deadline: MonotonicInstant)
}

/// What a source says that is its own proof.
extension NotificationSource {
    package func noteInterest() {}

    package func prove(within limit: Duration, _ answer: @escaping @Sendable (String?) -> Void) {
        answer(nil)
    }
}
