import LibPQ

/// Why a session has ended.
struct SessionEnd: Sendable, Equatable {
    /// The kinds of ends, for counting.
    enum Cause: String, Sendable, CaseIterable {
        /// PostgreSQL ended it, and said so.
        case closed
        /// The network, or PostgreSQL without a word.
        case network
        /// No answer in time.
        case unanswered
        /// The listener did not hear what the poster had committed.
        case deaf
        /// The listener held back PostgreSQL's notification queue.
        case behind
        /// The other connection is on another server.
        case moved
        /// We are stopping.
        case stopping
    }

    let cause: Cause
    /// In words for an operator.
    let reason: String

    init(_ cause: Cause, _ reason: String) {
        self.cause = cause
        self.reason = reason
    }

    init(_ error: PostgresError) {
        self.init(error.sqlState == nil ? .network : .closed, error.description)
    }

    static let stopping = SessionEnd(.stopping, "stopping")
}
