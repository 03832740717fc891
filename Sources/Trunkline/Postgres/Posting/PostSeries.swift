import LibPQ
import Threads

/// One notification that is posted again and again: a transaction for each post, all of them in one statement.
///
/// PostgreSQL delivers what is the same once for each transaction. Sent one by one, most of what such a transaction costs is to take
/// the statement and to send the answer. A procedure may commit, so it is called once, and it is a temporary one: it needs the right
/// TEMP, ends with its session (after a crash of PostgreSQL's process, with the next one that has the same schema), and no other
/// session calls it. Where there is none all goes on as it does for other posts.
struct PostSeries {
    /// So many posts are worth a call.
    static let countMin = 4
    /// What a batch must have left to spend on making the procedure.
    static let patienceMin = Duration.milliseconds(500)
    /// How long PostgreSQL may take to make it.
    static let makingTimeout = Duration.milliseconds(200)
    /// How long to do without where it cannot be made.
    static let refusalTime = Duration.seconds(600)

    private enum Standing { case untried, usable }

    /// In the session of the moment.
    private var standing = Standing.untried
    /// Until when nothing is tried, in any session.
    private var refusalEnd: MonotonicInstant?
    /// All that was called for, so that what the session remembers of an earlier call is not taken for this one's.
    private var calledCount = 0

    /// A session is not to wait for a standby when it removes the procedure at its end. Notifications never do.
    private static let beginning = """
        SELECT set_config('synchronous_commit', 'off', false), set_config('trunkline.committed', '0', false)
        """

    /// What the session remembers is committed, or undone, with the notification. The `lock_timeout` stays, which does no harm: all
    /// else that is sent here brings its own. One expression that is assigned is worked out without the executor, which would take a
    /// sixth of the time.
    private static let procedure = """
        CREATE OR REPLACE PROCEDURE pg_temp.trunkline_repeat(
            channel text, payload text, count integer, before bigint, patience bigint)
        LANGUAGE plpgsql AS $$
        DECLARE
            result text := set_config('lock_timeout', patience::text, false);
            end_time timestamptz := clock_timestamp() + patience * interval '1 ms';
        BEGIN
            FOR number IN 1 .. count LOOP
                IF clock_timestamp() > end_time THEN RAISE 'no time is left'; END IF;
                result := set_config('trunkline.committed', (before + number)::text, false)
                    || pg_notify(channel, payload)::text;
                COMMIT;
            END LOOP;
        END $$
        """

    /// A new session begins, which has no procedure.
    mutating func begin() {
        standing = .untried
    }

    /// Commits the posts of a batch, all of one notification, in their order, and answers those.
    ///
    /// - Parameters:
    ///   - patience: what PostgreSQL may take, asked when it matters. Half of it may be spent on waiting for the notification lock, half
    ///     on all else.
    ///   - deadline: when the session counts as lost.
    /// - Returns: how many were committed; the others certainly were not.
    /// - Throws: when the session cannot go on. All posts are answered then, too.
    mutating func commit(
        _ batch: PostBatch, of item: Post.Item, _ session: borrowing Session, _ wakeUp: EventDescriptor,
        patience: () -> Duration, until deadline: () -> MonotonicInstant
    ) throws(PostgresError) -> Int {
        // Through a pooler the next statement might ask somebody else's session.
        if session.isPooled { return 0 }
        if let refusalEnd {
            guard MonotonicInstant.now >= refusalEnd else { return 0 }
            self.refusalEnd = nil
        }
        if standing == .untried {
            guard patience() >= Self.patienceMin else { return 0 }
            // Also where that ends the session: the next one does without.
            refuse()
            do throws(PostgresError) {
                guard try make(session.connection, wakeUp, deadline) else { return 0 }
            } catch {
                batch.answerAll(.notPosted, "not posted: \(error); retry", error.sqlState)
                throw error
            }
            refusalEnd = nil
            standing = .usable
        }
        do throws(PostgresError) {
            let count = try call(
                item, batch.segments.count, session, wakeUp, patience: patience() / 2, until: deadline)
            for segment in batch.segments[..<count] { segment.answerAllCommitted() }
            return count
        } catch {
            let message = "sent to PostgreSQL, but whether it was posted is unknown: \(error)"
            batch.answerAll(.outcomeUnknown, message, error.sqlState)
            throw error
        }
    }

    private mutating func refuse() {
        refusalEnd = .now + Self.refusalTime
    }

    /// - Returns: whether the procedure was made.
    private func make(
        _ connection: borrowing Connection, _ wakeUp: EventDescriptor, _ deadline: () -> MonotonicInstant
    ) throws(PostgresError) -> Bool {
        for statement in [Self.beginning, Self.procedure] {
            let answer = try Question.put(statement, connection, wakeUp, within: Self.makingTimeout, until: deadline)
            if answer.error != nil { return false }
        }
        return true
    }

    /// - Returns: how many were committed.
    private mutating func call(
        _ item: Post.Item, _ count: Int, _ session: borrowing Session, _ wakeUp: EventDescriptor, patience: Duration,
        until deadline: () -> MonotonicInstant
    ) throws(PostgresError) -> Int {
        let before = calledCount
        calledCount += count
        try session.connection.send(
            "CALL pg_temp.trunkline_repeat($1, $2, $3, $4, $5)",
            [
                .text(session.encoding.checkedBytes(item.channel.bytes)),
                .text(session.encoding.checkedBytes(item.payload.bytes)), .text(String(count)), .text(String(before)),
                .text(String(max(1, patience.nanoseconds / 1_000_000))),
            ])
        try session.connection.sync()
        guard let error = try Self.awaitError(session.connection, wakeUp, deadline) else { return count }
        let answer = try Question.put(
            "SELECT current_setting('trunkline.committed')", session.connection, wakeUp, until: deadline)
        guard let text = answer.rows.first?.first, let number = text.flatMap({ Int($0) }), number <= before + count else {
            throw error
        }
        let committedCount = max(0, number - before)
        // It would fail each time.
        if committedCount == 0, !Self.passingErrors.contains(error.sqlState) { refuse() }
        return committedCount
    }

    /// The lock was not free in time, or no time was left; somebody has cancelled it; the notification queue is full.
    private static let passingErrors: Set<String?> = ["55P03", "P0001", "57014", "54000"]

    /// Waits for the end of what was sent.
    ///
    /// - Returns: what PostgreSQL said against it.
    private static func awaitError(
        _ connection: borrowing Connection, _ wakeUp: EventDescriptor, _ deadline: () -> MonotonicInstant
    ) throws(PostgresError) -> PostgresError? {
        var error: PostgresError?
        do throws(PostgresError) {
            while true {
                try connection.awaitResult(wakeUp, until: deadline)
                if connection.isBroken { throw connection.lastError }
                guard let result = connection.nextResult() else { continue }
                if error == nil { error = result.error }
                if result.status == .pipelineSync { return error }
            }
        } catch let loss {
            throw error.flatMap { $0.isFarewell ? $0 : nil } ?? loss
        }
    }
}
