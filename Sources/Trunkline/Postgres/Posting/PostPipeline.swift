import LibPQ
import Threads

/// One batch on its way through one session: what was sent, what has come back, and who is answered what.
struct PostPipeline {
    /// The statements every poster's session needs.
    ///
    /// NOTIFY waits at COMMIT for a lock of the whole cluster, and only `lock_timeout` ends that wait. A batch of one
    /// transaction is told what is left until its deadline. The transactions of a longer batch wait one after the other, so
    /// there the deadline is noted first, and each works out what is left when its turn has come. Where nothing is left it
    /// notifies nobody, and has no row: to wait even a millisecond each would take hundreds of them past the deadline.
    ///
    /// What PostgreSQL prepares for each run of a statement costs more than the run: no aggregate, no table, no array for a
    /// single notification. OFFSET leaves one row of many, and those it skips are worked out all the same (manual, 'LIMIT and
    /// OFFSET').
    static let setUp = """
        PREPARE trunkline_post (text, text, text) AS
        SELECT pg_notify($1, $2) WHERE set_config('lock_timeout', $3, true) <> '0';
        PREPARE trunkline_post_all (text[], text[], text) AS
        SELECT pg_notify(unnest($1), unnest($2)) WHERE set_config('lock_timeout', $3, true) <> '0'
        OFFSET cardinality($1) - 1;
        PREPARE trunkline_deadline (text) AS
        SELECT set_config('trunkline.deadline', (\(milliseconds) + $1::bigint)::text, false);
        PREPARE trunkline_post_by_deadline (text, text) AS
        SELECT pg_notify($1, $2) WHERE \(patienceIsLeft);
        PREPARE trunkline_post_all_by_deadline (text[], text[]) AS
        SELECT pg_notify(unnest($1), unnest($2)) WHERE \(patienceIsLeft) OFFSET cardinality($1) - 1;
        """

    /// What is left until the noted deadline becomes the patience; whether that is anything. In whole numbers, since what the text
    /// of others looks like is a setting of the role.
    private static let patienceIsLeft = """
        set_config(
            'lock_timeout', greatest(0::bigint, current_setting('trunkline.deadline')::bigint - \(milliseconds))::text, true)
        <> '0'
        """

    private static let milliseconds = "(date_part('epoch', clock_timestamp()) * 1000)::bigint"

    /// How long one attempt may take, from sending to PostgreSQL's answer, however long its posts may wait. Heartbeats wait behind
    /// it, so it bounds how soon a stopped server process is found and a holder of the lock named.
    static let attemptTimeout = Duration.seconds(4)
    /// What is kept back of it for PostgreSQL's answer, where posts may wait for longer.
    static let attemptMargin = Duration.seconds(1)

    private var batch: PostBatch
    private let deadline: MonotonicInstant
    /// Its posts may wait for longer than one attempt takes.
    private let isRepeatable: Bool
    /// When the poster has to have ended, once it is stopping.
    private let end: () -> MonotonicInstant?
    private var answeredCount = 0
    /// What the segment under way was told, before its end is reached.
    private var error: PostgresError?
    /// Its turn came when its time was up, and it has notified nobody.
    private var isLate = false
    /// The deadline's own transaction comes first in a batch of several.
    private var awaitsNote = false
    /// What was said against it: of the posts that fail then, nothing is known.
    private var noteError: PostgresError?
    /// Posts of segments that failed for what one of their posts holds: to be run one by one.
    private var rerun = PostBatch()
    private var outcome = Outcome()

    /// What the poster itself wants to know of a batch.
    struct Outcome {
        /// Something was committed.
        var hasCommitted = false
        /// Something waited in vain for PostgreSQL's notification lock.
        var metLock = false
        /// PostgreSQL's notification queue had no room.
        var metFullQueue = false
        /// The session has lost what it had prepared.
        var isForgotten = false
        /// Certainly not committed, and with time left: to be sent once more, before all others.
        var unfinished: [Post] = []
    }

    /// Sends the posts, waits for the end of their transactions, and answers each.
    ///
    /// - Parameter end: asked for when all is to have ended, if the poster is stopping.
    /// - Throws: when the session cannot go on. All posts are answered then, too.
    static func run(
        _ batch: PostBatch, _ session: borrowing Session, _ series: inout PostSeries, _ wakeUp: EventDescriptor,
        until end: @escaping () -> MonotonicInstant?
    ) throws(PostgresError) -> Outcome {
        var pipeline = Self(batch.checked(in: session.encoding), until: end)
        try pipeline.runSeries(session, &series, wakeUp)
        try pipeline.run(session, wakeUp)
        guard !pipeline.rerun.isEmpty else { return pipeline.outcome }
        var single = Self(pipeline.rerun, until: end)
        single.outcome = pipeline.outcome
        try single.run(session, wakeUp)
        return single.outcome
    }

    private init(_ batch: PostBatch, until end: @escaping () -> MonotonicInstant?) {
        self.batch = batch
        self.end = end
        let latest = MonotonicInstant.now + Self.attemptTimeout
        deadline = min(batch.deadline ?? .now, latest)
        isRepeatable = batch.deadline.map { $0 > latest } ?? false
    }

    /// What PostgreSQL may take for the transactions.
    private var patience: Duration { deadline - .now - (isRepeatable ? Self.attemptMargin : batch.margin) }

    /// Posts in one statement what can be, and leaves the others.
    private mutating func runSeries(
        _ session: borrowing Session, _ series: inout PostSeries, _ wakeUp: EventDescriptor
    ) throws(PostgresError) {
        guard let item = batch.repeatedItem, patience >= .milliseconds(2) else { return }
        let count = try series.commit(batch, of: item, session, wakeUp, patience: { patience }) { [deadline, end] in
            min(deadline, end() ?? deadline)
        }
        if count > 0 { outcome.hasCommitted = true }
        batch.removeFirst(count)
    }

    private mutating func run(_ session: borrowing Session, _ wakeUp: EventDescriptor) throws(PostgresError) {
        guard !batch.isEmpty else { return }
        let patience = patience
        awaitsNote = batch.segments.count > 1
        guard patience >= .milliseconds(1) else {
            return batch.answerAll(.notPosted, "not posted: PostgreSQL is too slow for the posts that wait; retry")
        }
        do throws(PostgresError) {
            try send(session, patience)
            while answeredCount < batch.segments.count {
                try session.connection.awaitResult(wakeUp) { [deadline, end] in min(deadline, end() ?? deadline) }
                takeResults(session.connection)
                if session.connection.isBroken { throw session.connection.lastError }
            }
        } catch let loss {
            let error = error.flatMap { $0.isFarewell ? $0 : nil } ?? loss
            for segment in batch.segments[answeredCount...] {
                segment.answerAll(
                    .outcomeUnknown, "sent to PostgreSQL, but whether it was posted is unknown: \(error)", error.sqlState)
            }
            rerun.answerAll(.notPosted, "not posted: \(error); retry")
            giveUpUnfinished("\(error)")
            throw error
        }
    }

    /// Posts that were not committed go once more, if they may wait for another attempt.
    private mutating func repeatLater(_ segment: PostBatch.Segment, orAnswer message: String, _ sqlState: String? = nil) {
        guard isRepeatable, end() == nil else { return segment.answerAll(.notPosted, message, sqlState) }
        outcome.unfinished += segment.posts
    }

    private mutating func giveUpUnfinished(_ reason: String) {
        for post in outcome.unfinished {
            post.answer(.failure(TrunklineError(.notPosted, "not posted: \(reason); retry")))
        }
        outcome.unfinished = []
    }

    private func send(_ session: borrowing Session, _ patience: Duration) throws(PostgresError) {
        let milliseconds = String(patience.nanoseconds / 1_000_000)
        if awaitsNote {
            try session.connection.sendPrepared("trunkline_deadline", [.text(milliseconds)])
            try session.connection.sync()
        }
        for segment in batch.segments {
            let isAlone = segment.onlyItem != nil
            if awaitsNote {
                let name = isAlone ? "trunkline_post_by_deadline" : "trunkline_post_all_by_deadline"
                try session.connection.sendPrepared(name, parameters(segment, session.encoding))
            } else {
                let name = isAlone ? "trunkline_post" : "trunkline_post_all"
                try session.connection.sendPrepared(name, parameters(segment, session.encoding) + [.text(milliseconds)])
            }
            try session.connection.sync()
        }
    }

    /// The channels and the payloads: by themselves where there is one of each, else as arrays.
    private func parameters(_ segment: PostBatch.Segment, _ encoding: TextEncoding) -> [QueryParameter] {
        if let item = segment.onlyItem {
            return [.text(encoding.checkedBytes(item.channel.bytes)), .text(encoding.checkedBytes(item.payload.bytes))]
        }
        var channels: [[UInt8]] = []
        var payloads: [[UInt8]] = []
        channels.reserveCapacity(segment.posts.count)
        payloads.reserveCapacity(segment.posts.count)
        for post in segment.posts {
            for item in post.items {
                channels.append(encoding.checkedBytes(item.channel.bytes))
                payloads.append(encoding.checkedBytes(item.payload.bytes))
            }
        }
        return [.textArray(channels), .textArray(payloads)]
    }

    /// A transaction has ended when its sync has come: COMMIT, where NOTIFY can still fail, comes after the rows.
    private mutating func takeResults(_ connection: borrowing Connection) {
        while answeredCount < batch.segments.count, !connection.isBusy, !connection.isBroken {
            // `nil` only separates the statements.
            guard let result = connection.nextResult() else { continue }
            if error == nil { error = result.error }
            if result.status == .tuplesOK, result.rowCount == 0 { isLate = true }
            guard result.status == .pipelineSync else { continue }
            if awaitsNote { (awaitsNote, noteError) = (false, error) } else { answer() }
            error = nil
            isLate = false
        }
    }

    private mutating func answer() {
        let segment = batch.segments[answeredCount]
        answeredCount += 1
        guard let error else {
            guard isLate else {
                outcome.hasCommitted = true
                // Sent once more, those before it would come after it.
                giveUpUnfinished("PostgreSQL was too slow for it")
                return segment.answerAllCommitted()
            }
            return repeatLater(segment, orAnswer: "not posted: PostgreSQL was too slow for the posts before it; retry")
        }
        if let noteError { return refuse(segment, noteError) }
        // Class 22, data exceptions: it is one post's fault. Of all else, running them singly would cure nothing.
        if error.sqlState?.hasPrefix("22") ?? false, segment.posts.count > 1 {
            segment.posts.forEach { rerun.appendAlone($0) }
        } else if error.sqlState?.hasPrefix("22") ?? false {
            segment.answerAll(.notRepresentable, "PostgreSQL refuses it: \(error)", error.sqlState)
        } else if error.sqlState == "55P03" {
            outcome.metLock = true
            let reason = "another session holds PostgreSQL's notification lock, in a COMMIT that does not end"
            repeatLater(segment, orAnswer: "not posted: \(reason); retry", error.sqlState)
        } else {
            refuse(segment, error)
        }
    }

    /// For what is no fault of the posts.
    private mutating func refuse(_ segment: PostBatch.Segment, _ error: PostgresError) {
        if error.sqlState == "26000" {
            outcome.isForgotten = true
            segment.answerAll(.notPosted, "not posted: \(PoolerWords.forgotten)", error.sqlState)
        } else {
            outcome.metFullQueue = outcome.metFullQueue || error.sqlState == "54000"
            segment.answerAll(.notPosted, "not posted: \(error); retry", error.sqlState)
        }
    }
}
