import LibPQ
import Threads

/// One notification that is posted again and again: a transaction for each post, all of them in one statement.
///
/// PostgreSQL delivers what is the same once for each transaction. Sent one by one, most of what such a transaction costs is to take
/// the statement and to send the answer. A procedure may commit, so it is called once, and it is a temporary one: it needs the right
/// TEMP, leaves nothing behind, and nobody else sees it. Without that right all goes on as it does for others.
///
/// One of these belongs to one session.
struct PostSeries {
    /// So many posts are worth a call.
    static let countMin = 4

    private enum Standing { case untried, usable, refused }

    private var standing = Standing.untried
    /// All that was called for in this session, so that what the session remembers of an earlier call is not taken for this one's.
    private var calledCount = 0

    /// What the session remembers is committed, or undone, with the notification. The `lock_timeout` stays, which does no harm: all
    /// else that is sent here brings its own. One expression that is assigned is worked out without the executor, which would take a
    /// sixth of the time.
    private static let procedure = """
        CREATE OR REPLACE PROCEDURE pg_temp.trunkline_repeat(
            channel text, payload text, count bigint, before bigint, patience bigint)
        LANGUAGE plpgsql AS $$
        DECLARE
            result text := set_config('lock_timeout', patience::text, false);
            end_time timestamptz := clock_timestamp() + patience * interval '1 ms';
        BEGIN
            FOR number IN before + 1 .. before + count LOOP
                IF clock_timestamp() > end_time THEN RAISE 'no time is left'; END IF;
                result := set_config('trunkline.committed', number::text, false) || pg_notify(channel, payload)::text;
                COMMIT;
            END LOOP;
        END $$
        """

    /// Commits the posts of a batch that `repeats` one notification, in their order, and answers those.
    ///
    /// - Parameters:
    ///   - patience: half of it may be spent on waiting for PostgreSQL's notification lock, half on all else.
    ///   - deadline: when the session counts as lost.
    /// - Returns: how many were committed; the others certainly were not.
    /// - Throws: when the session cannot go on. All posts are answered then, too.
    mutating func commit(
        _ batch: PostBatch, of item: Post.Item, _ session: borrowing Session, _ wakeUp: EventDescriptor,
        patience: Duration, until deadline: () -> MonotonicInstant
    ) throws(PostgresError) -> Int {
        // Through a pooler the next statement might ask somebody else's session.
        if standing == .refused || session.isPooled { return 0 }
        do throws(PostgresError) {
            if standing == .untried { _ = try Question.ask(Self.procedure, session.connection, wakeUp) }
            standing = .usable
        } catch {
            batch.answerAll(.notPosted, "not posted: \(error); retry", error.sqlState)
            throw error
        }
        do throws(PostgresError) {
            let count = try call(
                item, batch.segments.count, session, wakeUp, patience: patience / 2, until: deadline)
            for segment in batch.segments[..<count] { segment.answerAllCommitted() }
            return count
        } catch {
            let message = "sent to PostgreSQL, but whether it was posted is unknown: \(error)"
            batch.answerAll(.outcomeUnknown, message, error.sqlState)
            throw error
        }
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
                .text(String(patience.nanoseconds / 1_000_000)),
            ])
        try session.connection.sync()
        var error: PostgresError?
        while true {
            try session.connection.awaitResult(wakeUp, until: deadline)
            if session.connection.isBroken { throw session.connection.lastError }
            guard let result = session.connection.nextResult() else { continue }
            if error == nil { error = result.error }
            if result.status == .pipelineSync { break }
        }
        guard let error else { return count }
        // There is no such procedure, and no schema for it.
        if error.sqlState == "42883" || error.sqlState == "3F000" {
            standing = .refused
            return 0
        }
        let rows = try Question.ask("SELECT current_setting('trunkline.committed', true)", session.connection, wakeUp)
        // An empty text, or none, before the first.
        guard let text = rows.first?.first else { throw error }
        return max(0, (text.flatMap { Int($0) } ?? 0) - before)
    }
}
