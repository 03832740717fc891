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
    /// Takes no more posts, finishes those it has by `deadline`, and ends all its threads.
    func stop(by deadline: MonotonicInstant)
}
