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

    fileprivate struct State {
        var phase = Phase.serving
        var heldCount = 0
        var postCount = 0
        var hasGivenUp = false
        var whenPosted: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())
    private let heldMax: Int

    init(heldMax: Int) {
        self.heldMax = heldMax
    }

    var phase: Phase { state.withLock { $0.phase } }

    func enter(_ phase: Phase) {
        state.withLock { $0.phase = phase }
    }

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

    /// Counts a post in; `endPost()` counts it out.
    ///
    /// - Throws: 503 while draining.
    func beginPost() throws(RequestFailure) {
        let failure: RequestFailure? = state.withLock { state in
            if state.phase >= .draining { return .draining }
            state.postCount += 1
            return nil
        }
        if let failure { throw failure }
    }

    func endPost() {
        let continuation = state.withLock { state in
            state.postCount -= 1
            return state.postCount == 0 ? state.takeWhenPosted() : nil
        }
        continuation?.resume()
    }

    /// Returns when no post is in flight, or at `giveUpWaitingForPosts()`, also if that came first.
    func untilPosted() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.postCount == 0 || state.hasGivenUp { return true }
                state.whenPosted = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    func giveUpWaitingForPosts() {
        let continuation = state.withLock { state in
            state.hasGivenUp = true
            return state.takeWhenPosted()
        }
        continuation?.resume()
    }
}

extension ServerState.State {
    fileprivate mutating func takeWhenPosted() -> CheckedContinuation<Void, Never>? {
        defer { whenPosted = nil }
        return whenPosted
    }
}
