import LibPQ
import Threads

/// A question of the poster's own in its session: rare, and never in the way of a post for longer than `timeout`.
enum Question {
    /// How long PostgreSQL may take before the session counts as lost.
    static let timeout = Duration.seconds(2)
    /// How long a question may wait for a lock: what it reads, somebody else may just be rewriting.
    static let lockTimeout = Duration.milliseconds(200)

    /// Asks, and waits for the answer.
    ///
    /// - Parameter sql: one statement.
    /// - Returns: its rows; none if PostgreSQL refuses to say, or somebody's lock is in the way.
    /// - Throws: when the session cannot go on.
    static func ask(
        _ sql: String, _ connection: borrowing Connection, _ wakeUp: EventDescriptor
    ) throws(PostgresError) -> [[String?]] {
        let deadline = MonotonicInstant.now + timeout
        // Both are one transaction, which waits for no standby, if it writes at all.
        try connection.send(
            """
            SELECT set_config('lock_timeout', '\(Int(lockTimeout / .milliseconds(1)))', true),
                set_config('synchronous_commit', 'off', true)
            """, [])
        try connection.send(sql, [])
        try connection.sync()
        var rows: [[String?]] = []
        while true {
            try connection.awaitResult(wakeUp) { deadline }
            if connection.isBroken { throw connection.lastError }
            // `nil` only ends the statement.
            guard let result = connection.nextResult() else { continue }
            if result.status == .pipelineSync { return rows }
            // Those of the question itself come last.
            rows = (0..<result.rowCount).map { row in
                (0..<result.columnCount).map { result.value(row: row, column: $0) }
            }
        }
    }
}
