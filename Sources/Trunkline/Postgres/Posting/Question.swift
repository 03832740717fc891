import LibPQ
import Threads

/// A question of the poster's own in its session: rare, and never in the way of a post for longer than `timeout`.
enum Question {
    /// How long PostgreSQL may take before the session counts as lost.
    static let timeout = Duration.seconds(2)
    /// How long a question may wait for a lock: what it reads, somebody else may just be rewriting.
    static let lockTimeout = Duration.milliseconds(200)

    /// What PostgreSQL said.
    struct Answer {
        fileprivate(set) var rows: [[String?]] = []
        /// Why it has not done what it was asked for.
        fileprivate(set) var error: PostgresError?
    }

    /// Asks, and waits for the answer.
    ///
    /// - Parameter sql: one statement.
    /// - Returns: its rows; none if PostgreSQL refuses to say, or somebody's lock is in the way.
    /// - Throws: when the session cannot go on.
    static func ask(
        _ sql: String, _ connection: borrowing Connection, _ wakeUp: EventDescriptor
    ) throws(PostgresError) -> [[String?]] {
        try put(sql, connection, wakeUp).rows
    }

    /// Asks, and waits for the answer.
    ///
    /// - Parameters:
    ///   - sql: one statement.
    ///   - duration: how long PostgreSQL may be at it before it gives up; `nil` as long as it likes.
    ///   - deadline: when the session counts as lost, if that is before `timeout` is over.
    /// - Throws: when the session cannot go on.
    static func put(
        _ sql: String, _ connection: borrowing Connection, _ wakeUp: EventDescriptor, within duration: Duration? = nil,
        until deadline: () -> MonotonicInstant = { .now + timeout }
    ) throws(PostgresError) -> Answer {
        let latest = MonotonicInstant.now + timeout
        // All in one transaction, which waits for no standby, if it writes at all.
        let milliseconds = duration.map { Int($0 / .milliseconds(1)) } ?? 0
        try connection.send(
            """
            SELECT set_config('lock_timeout', '\(Int(lockTimeout / .milliseconds(1)))', true),
                set_config('statement_timeout', '\(milliseconds)', true), set_config('synchronous_commit', 'off', true)
            """, [])
        try connection.send(sql, [])
        try connection.sync()
        var answer = Answer()
        while true {
            try connection.awaitResult(wakeUp) { min(latest, deadline()) }
            if connection.isBroken { throw connection.lastError }
            // `nil` only ends the statement.
            guard let result = connection.nextResult() else { continue }
            if result.status == .pipelineSync { return answer }
            if answer.error == nil { answer.error = result.error }
            // Those of the question itself come last.
            answer.rows = (0..<result.rowCount).map { row in
                (0..<result.columnCount).map { result.value(row: row, column: $0) }
            }
        }
    }
}
