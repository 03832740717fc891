import Threads

/// Posts that go to PostgreSQL in one pipeline, in the order in which they came.
///
/// PostgreSQL delivers identical notifications of one transaction once, so the batch is cut into segments, each a
/// transaction of its own, wherever a post repeats a notification of its segment. A post is never divided.
struct PostBatch {
    /// The most notifications in a batch: from there on a larger one is hardly cheaper.
    static let itemCountMax = 1_000
    /// The most bytes in a batch.
    static let byteCountMax = 1 << 20

    /// One transaction.
    struct Segment {
        /// In the order in which PostgreSQL is to deliver them.
        fileprivate(set) var posts: [Post]
        /// All notifications, once there is more than one post to compare with.
        private var items: Set<Post.Item> = []

        fileprivate init(_ post: Post) {
            posts = [post]
        }

        /// Its one notification, if there is only one.
        var onlyItem: Post.Item? { posts.count == 1 && posts[0].items.count == 1 ? posts[0].items[0] : nil }

        /// Adds a post unless one of its notifications is there already.
        ///
        /// - Parameter countMax: so many notifications may follow, as far as is known.
        /// - Returns: whether it was added.
        fileprivate mutating func add(_ post: Post, countMax: Int) -> Bool {
            if items.isEmpty {
                // What is posted again and again makes a transaction each, and needs no set for that.
                if posts[0].items.count == 1, post.items == posts[0].items { return false }
                items.reserveCapacity(countMax)
                for known in posts { items.formUnion(known.items) }
            }
            if post.items.count == 1 {
                // Looked up once, not twice.
                guard items.insert(post.items[0]).inserted else { return false }
            } else {
                guard !post.items.contains(where: { items.contains($0) }) else { return false }
                items.formUnion(post.items)
            }
            posts.append(post)
            return true
        }

        func answerAllCommitted() {
            for post in posts { post.answer(.success(())) }
        }

        func answerAll(_ code: TrunklineError.Code, _ message: String, _ sqlState: String? = nil) {
            for post in posts { post.answer(.failure(TrunklineError(code, message, sqlState: sqlState))) }
        }
    }

    private(set) var segments: [Segment] = []
    private(set) var itemCount = 0
    private(set) var byteCount = 0

    var isEmpty: Bool { segments.isEmpty }

    /// When the first of its posts must be answered; `nil` if there are none.
    private(set) var deadline: MonotonicInstant?

    /// What is kept back of the time until the deadline for PostgreSQL's answer.
    private(set) var margin = Duration.zero

    /// What a batch may still hold.
    struct Room {
        private(set) var itemCount = 0
        private(set) var byteCount = 0

        /// Whether `post` still fits, and is taken then; a single one always does.
        mutating func take(_ post: Post) -> Bool {
            let sum = (itemCount + post.items.count, byteCount + post.byteCount)
            guard itemCount == 0 || (sum.0 <= PostBatch.itemCountMax && sum.1 <= PostBatch.byteCountMax) else { return false }
            (itemCount, byteCount) = sum
            return true
        }
    }

    /// - Parameter countMax: so many notifications are to be in the batch, as far as is known.
    mutating func append(_ post: Post, countMax: Int = 0) {
        if segments.isEmpty || !segments[segments.count - 1].add(post, countMax: countMax) { segments.append(Segment(post)) }
        note(post)
    }

    /// Adds a post in a transaction of its own.
    mutating func appendAlone(_ post: Post) {
        segments.append(Segment(post))
        note(post)
    }

    /// Those of its posts that can be sent in this encoding; the others are answered.
    func checked(in encoding: TextEncoding) -> PostBatch {
        if segments.allSatisfy({ $0.posts.allSatisfy { $0.checkedFor == encoding } }) { return self }
        var checked = PostBatch()
        for post in segments.flatMap(\.posts) {
            do throws(TrunklineError) {
                try post.check(in: encoding)
                checked.append(post)
            } catch {
                post.answer(.failure(error))
            }
        }
        return checked
    }

    /// The notification of all posts, if they are several and it is the same for each, and nothing else is notified.
    var repeatedItem: Post.Item? {
        guard segments.count >= PostSeries.countMin, let item = segments[0].onlyItem,
            segments.allSatisfy({ $0.onlyItem == item })
        else { return nil }
        return item
    }

    /// Leaves out the first transactions.
    mutating func removeFirst(_ count: Int) {
        guard count > 0 else { return }
        let left = segments.dropFirst(count)
        self = PostBatch()
        for segment in left { for post in segment.posts { note(post) } }
        segments = Array(left)
    }

    func answerAll(_ code: TrunklineError.Code, _ message: String, _ sqlState: String? = nil) {
        for segment in segments { segment.answerAll(code, message, sqlState) }
    }

    private mutating func note(_ post: Post) {
        itemCount += post.items.count
        byteCount += post.byteCount
        deadline = min(deadline ?? post.deadline, post.deadline)
        margin = max(margin, post.margin)
    }
}

extension Post {
    /// Whether it can be sent to a database of this encoding.
    ///
    /// - Throws: `.notRepresentable`, `.channelInvalid`, `.payloadTooLarge`.
    func check(in encoding: TextEncoding) throws(TrunklineError) {
        for item in items {
            _ = try encoding.wireBytes(of: item.channel)
            _ = try encoding.wireBytes(of: item.payload, on: item.channel)
        }
    }
}
