import Glibc
import TestSupport
import Threads

extension Rehearsal {
    /// What a run around one fault gave.
    package struct Course: Sendable {
        package let history: RunHistory
        package let verdict: Verdict
        /// From the moment that `fault` named until every reader had seen, on each of its channels, something posted after it;
        /// `nil` if that never came.
        package let recovery: Duration?
    }

    /// The word in the payloads of the posts by which the recovery is measured.
    private static let freshWord = "fresh"

    /// Runs around one fault: readers and writers go on before, while and after it happens.
    ///
    /// - Parameters:
    ///   - lull: how long they go on before and after.
    ///   - patience: how long the recovery is waited for.
    ///   - fault: happens; returns when PostgreSQL could serve again, from which the recovery counts.
    ///   - aftermath: what is to be seen or undone when all is well again, or the patience has ended.
    /// - Throws: when the readers never begin, and what the closures throw.
    package func run(
        lull: Duration = .seconds(1), recoveryWithin patience: Duration,
        fault: @escaping @Sendable () throws -> MonotonicInstant,
        aftermath: @escaping @Sendable () throws -> Void = {}
    ) async throws -> Course {
        let log = WritingLog()
        let isOver = Locked(false)
        let recovery = Locked<Duration?>(nil)
        let history = try await perform(log) {
            try await write(to: log, until: { isOver.withLock { $0 } }) {
                // Also when something is thrown the writers must be told.
                defer { isOver.withLock { $0 = true } }
                try await offPool { pass(lull) }
                let begin = try await offPool { try fault() }
                let took = try await recover(log, since: begin, within: patience)
                recovery.withLock { $0 = took }
                try await offPool {
                    try aftermath()
                    pass(lull)
                }
            }
        }
        return Course(history: history, verdict: HistoryChecker.check(history), recovery: recovery.withLock { $0 })
    }

    /// Posts until every reader has seen some of it.
    private func recover(
        _ log: WritingLog, since begin: MonotonicInstant, within patience: Duration
    ) async throws -> Duration? {
        // Those posted after `begin` only: there are none of this word before it.
        let isSeen = try await herald(Self.freshWord, log, within: patience) {
            readers.allSatisfy { $0.log.hasSeen("<\(Self.freshWord)-", since: begin) }
        }
        return isSeen ? MonotonicInstant.now - begin : nil
    }

    /// Lets the others go on alone for a time; nothing waits for it to be over.
    private func pass(_ duration: Duration) {
        usleep(UInt32(duration / .microseconds(1)))
    }
}
