import MicroHTTPD
import Threads
import Trunkline

/// What all requests of a server share: how many are held, which posts are in flight, and whether it is draining.
final class ServerState: Sendable {
    /// How far the server is on its way to its end.
    enum Phase: Comparable, Sendable {
        /// Serves.
        case serving
        /// Serves, but says that it is not ready, so that a balancer sends nobody any more.
        case leaving
        /// Takes nothing new; posts in flight finish.
        case draining
        /// Ends what is held.
        case ending
    }

    private struct State {
        var phase = Phase.serving
        var heldCount = 0
        /// The request of each post in flight.
        var posts = NumberedPlaces<Exchange>()
        var hasGivenUp = false
        /// Called when no post is in flight any more. A closure: an optional continuation is slow to look at, at each post.
        var whenPosted: (@Sendable () -> Void)?
    }

    private let state = Locked(State())
    /// The most requests that are held.
    let heldMax: Int

    init(heldMax: Int) {
        self.heldMax = heldMax
    }

    var phase: Phase { state.withLock { $0.phase } }

    func enter(_ phase: Phase) {
        state.withLock { $0.phase = phase }
    }

    var heldCount: Int { state.withLock { $0.heldCount } }

    /// Takes a place for a held request; `releaseHeld()` gives it back.
    ///
    /// - Throws: 503 at the limit, and while draining.
    func takeHeld() throws(RequestFailure) {
        let failure: RequestFailure? = state.withLock { state in
            if state.phase >= .draining { return .draining }
            if state.heldCount >= heldMax { return .tooManyHeld(heldMax) }
            state.heldCount += 1
            return nil
        }
        if let failure { throw failure }
    }

    func releaseHeld() {
        state.withLock { $0.heldCount -= 1 }
    }

    /// Counts a post in; `endPost(_:)` counts it out.
    ///
    /// - Parameter exchange: it is woken if the server ends before the post does.
    /// - Throws: 503 while draining.
    func beginPost(_ exchange: Exchange) throws(RequestFailure) -> Int {
        let number: Int? = state.withLock { state in
            state.phase >= .draining ? nil : state.posts.insert(exchange)
        }
        guard let number else { throw .draining }
        return number
    }

    func endPost(_ number: Int) {
        let whenPosted = state.withLock { state in
            state.posts.remove(number)
            return state.posts.isEmpty ? state.whenPosted.take() : nil
        }
        whenPosted?()
    }

    /// Returns when no post is in flight, or at `giveUpWaitingForPosts()`, also if that came first.
    func untilPosted() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.posts.isEmpty || state.hasGivenUp { return true }
                state.whenPosted = { continuation.resume() }
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// Has the requests of the posts that are still in flight look again, to find that the server ends.
    func wakePosts() {
        for exchange in state.withLock({ $0.posts.all }) { exchange.wake() }
    }

    func giveUpWaitingForPosts() {
        let whenPosted = state.withLock { state in
            state.hasGivenUp = true
            return state.whenPosted.take()
        }
        whenPosted?()
    }
}
