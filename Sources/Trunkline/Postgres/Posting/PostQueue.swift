import DequeModule
import Threads

/// The posts that wait for their turn, bounded, each until its deadline.
///
/// The deadlines are kept by the timekeeper, so that they hold also while the poster's thread is stuck in a name lookup.
final class PostQueue: Sendable {
    /// The most posts that wait; beyond it they are refused at once.
    static let countMax = 10_000
    /// The most bytes that wait.
    static let byteCountMax = 64 << 20

    private struct State {
        var posts: Deque<Post> = []
        var byteCount = 0
        var isTimed = false
        /// The poster has found nothing, and sleeps until it is woken.
        var isPosterAsleep = true
        var isClosed = false
        /// Why nothing is sent just now.
        var complaint: String?
    }

    private let state = Locked(State())
    private let timekeeper: Timekeeper

    init(timekeeper: Timekeeper) {
        self.timekeeper = timekeeper
    }

    /// Adds a post, or answers it if it cannot be taken.
    ///
    /// - Returns: whether the poster must be woken: while a batch is under way it will look by itself.
    func append(_ post: Post) -> Bool {
        enum Verdict { case refused(TrunklineError), queued(mustWake: Bool, isTimed: Bool) }
        let verdict: Verdict = state.withLock { state in
            if state.isClosed { return .refused(TrunklineError(.stopping, "not posted: the server is stopping")) }
            let byteCount = post.byteCount
            guard state.posts.count < Self.countMax, state.byteCount + byteCount <= Self.byteCountMax else {
                return .refused(
                    TrunklineError(.overLimit, "not posted: \(state.posts.count) posts wait already; retry later"))
            }
            state.posts.append(post)
            state.byteCount += byteCount
            defer {
                state.isTimed = true
                state.isPosterAsleep = false
            }
            return .queued(mustWake: state.isPosterAsleep, isTimed: state.isTimed)
        }
        switch verdict {
        case .refused(let error):
            post.answer(.failure(error))
            return false
        case .queued(let mustWake, let isTimed):
            if !isTimed { timekeeper.schedule(at: post.deadline) { [self] in expire($0) } }
            return mustWake
        }
    }

    /// The next batch, in the order of arrival; empty if nothing waits, and the poster must be woken for the next post.
    func takeBatch() -> PostBatch {
        let (posts, itemCount): ([Post], Int) = state.withLock { state in
            var room = PostBatch.Room()
            let count = state.posts.prefix { room.take($0) }.count
            let posts = Array(state.posts.prefix(count))
            state.posts.removeFirst(count)
            state.byteCount -= room.byteCount
            state.isPosterAsleep = posts.isEmpty
            return (posts, room.itemCount)
        }
        // Cut into transactions only now: those who post would wait for it.
        var batch = PostBatch()
        for post in posts { batch.append(post, countMax: itemCount) }
        return batch
    }

    /// Puts posts that were taken back before all others, in their order.
    func putBack(_ posts: [Post]) {
        guard let first = posts.first else { return }
        let isTimed = state.withLock { state in
            for post in posts.reversed() {
                state.posts.prepend(post)
                state.byteCount += post.byteCount
            }
            defer { state.isTimed = true }
            return state.isTimed
        }
        timekeeper.schedule(at: first.deadline) { [self] now in
            let next = expire(now)
            // The time that is set already, for a post behind them, goes on by itself.
            return isTimed ? nil : next
        }
    }

    /// What to tell those whose time is up before their turn has come.
    func note(complaint: String?) {
        state.withLock { $0.complaint = complaint }
    }

    /// Takes no more.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    /// Answers all that wait.
    func failAll(_ error: TrunklineError) {
        let posts = state.withLock { state in
            defer {
                state.posts = []
                state.byteCount = 0
            }
            return state.posts
        }
        for post in posts { post.answer(.failure(error)) }
    }

    var isEmpty: Bool { state.withLock { $0.posts.isEmpty } }

    /// Answers those whose time is up, and returns when to look again.
    private func expire(_ now: MonotonicInstant) -> MonotonicInstant? {
        let (posts, complaint, next) = state.withLock { state in
            var due: [Post] = []
            while let post = state.posts.first, post.deadline <= now {
                state.posts.removeFirst()
                state.byteCount -= post.byteCount
                due.append(post)
            }
            let next = state.posts.first?.deadline
            state.isTimed = next != nil
            return (due, state.complaint, next)
        }
        let reason = complaint ?? "PostgreSQL is too slow for the posts that wait"
        for post in posts {
            post.answer(.failure(TrunklineError(.notPosted, "not posted: \(reason); retry")))
        }
        return next
    }
}
