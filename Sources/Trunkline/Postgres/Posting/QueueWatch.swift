import LibPQ
import Logging
import Threads

/// Watches how full PostgreSQL's notification queue is: one for the whole cluster, and when it is full every NOTIFY fails.
struct QueueWatch {
    /// How often to look, while there are beats.
    static let interval = Duration.seconds(30)
    /// From here on the operator is told.
    static let usageTold = 0.1
    /// From here on it matters whether it is we who hold it back.
    static let usageBlamed = 0.01
    /// A listener that has heard no beat for so long, though there were some, holds the queue back.
    static let silenceMax = Duration.seconds(30)
    /// How often to look while the queue is full.
    static let intervalWhenFull = Duration.seconds(10)

    private var next = MonotonicInstant.now + QueueWatch.interval
    private var nextWhenFull = MonotonicInstant.now
    private var isTold = false

    /// The queue is full: to look is also what makes PostgreSQL give back the room of what everybody has read.
    mutating func hurry() {
        next = min(next, nextWhenFull)
    }

    /// Looks, if it is time.
    ///
    /// - Returns: the part of the queue that is in use, 0–1; `nil` if it was not time, or PostgreSQL does not say.
    mutating func look(
        _ connection: borrowing Connection, _ wakeUp: EventDescriptor, _ logger: Logger
    ) throws(PostgresError) -> Double? {
        guard MonotonicInstant.now >= next else { return nil }
        next = .now + Self.interval
        nextWhenFull = .now + Self.intervalWhenFull
        let rows = try Question.ask("SELECT pg_notification_queue_usage()", connection, wakeUp)
        guard let usage = rows.first?.first?.flatMap({ Double($0) }) else { return nil }
        guard isTold != (usage >= Self.usageTold) else { return usage }
        isTold.toggle()
        tell(usage, suspects: isTold ? try suspects(connection, wakeUp) : nil, logger)
        return usage
    }

    /// The server processes that may hold the queue back.
    private func suspects(
        _ connection: borrowing Connection, _ wakeUp: EventDescriptor
    ) throws(PostgresError) -> String? {
        let rows = try Question.ask(
            """
            SELECT string_agg(pid::text, ', ') FROM (
                SELECT pid FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY xact_start LIMIT 5) AS oldest
            """, connection, wakeUp)
        return rows.first?.first ?? nil
    }

    private func tell(_ usage: Double, suspects: String?, _ logger: Logger) {
        let share = Int(usage * 100)
        if isTold {
            let words = suspects.map { "; idle in transaction are the server processes \($0)" } ?? ""
            logger.warning(
                """
                PostgreSQL's notification queue is \(share) % full, and when it is full nobody can notify: end the session that \
                listens and stays in a transaction, or does not read\(words)
                """)
        } else {
            logger.notice("PostgreSQL's notification queue is \(share) % full, which is well again")
        }
    }
}
