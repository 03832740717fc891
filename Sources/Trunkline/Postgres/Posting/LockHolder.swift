import LibPQ
import Threads

/// The session that holds PostgreSQL's notification lock: one for the whole cluster, held from NOTIFY's turn in a COMMIT to its end.
struct LockHolder: Equatable {
    let processID: String
    /// What is known of it; the role may be allowed to see little. Not its statement, which may hold a secret.
    let description: String

    /// Who holds the lock at this moment; `nil` if nobody does.
    ///
    /// NOTIFY locks "object 0 of pg_database" (`PreCommit_Notify` in PostgreSQL's `async.c`).
    static func find(_ connection: borrowing Connection, _ wakeUp: EventDescriptor) throws(PostgresError) -> LockHolder? {
        let rows = try Question.ask(
            """
            SELECT lock.pid, datname, usename, application_name, wait_event
            FROM pg_locks AS lock LEFT JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'object' AND classid = 'pg_database'::regclass AND objid = 0
                AND mode = 'AccessExclusiveLock' AND granted AND lock.pid <> pg_backend_pid()
            """, connection, wakeUp)
        guard let row = rows.first, let processID = row[0] else { return nil }
        let labels = ["database", "role", "application", "waits for"]
        let facts = zip(labels, row.dropFirst()).compactMap { label, value in
            value.flatMap { $0.isEmpty ? nil : "\(label) \($0.replacing("\n", with: " "))" }
        }
        return LockHolder(processID: processID, description: facts.joined(separator: ", "))
    }
}
