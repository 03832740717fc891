import LibPQ
import Logging
import Threads

/// What the poster does in its sessions: it posts, beats, and finds out what stands in its way.
struct PostingDuty {
    private let core: HubCore
    private let queue: PostQueue
    private let links: Links
    /// When all is to have ended, once it is stopping.
    private let stopTime: () -> MonotonicInstant?
    private var watch = QueueWatch()
    private var warnings = Warnings()
    private var series = PostSeries()
    /// The listener held the queue back when it was last looked at.
    private var wasBehind = false
    /// Posts wait in vain for PostgreSQL's notification lock; known is who holds it, if that could be found.
    private var obstacle: Obstacle?

    private struct Obstacle: Equatable {
        let holder: LockHolder?
    }

    init(core: HubCore, queue: PostQueue, links: Links, stopTime: @escaping () -> MonotonicInstant?) {
        self.core = core
        self.queue = queue
        self.links = links
        self.stopTime = stopTime
    }

    /// A session begins.
    mutating func begin() {
        series.begin()
    }

    /// Posts, and answers.
    ///
    /// - Returns: why the session must end, if it must.
    mutating func post(_ batch: PostBatch, _ session: borrowing Session) throws(PostgresError) -> SessionEnd? {
        let outcome = try PostPipeline.run(batch, session, &series, links.posterWakeUp, until: stopTime)
        queue.putBack(outcome.unfinished)
        pass(on: session.connection.takeNotices())
        // Only through a pooler would somebody else's notifications end up here.
        while session.connection.nextNotification() != nil {}
        if outcome.isForgotten { return SessionEnd(.closed, PoolerWords.forgotten) }
        if outcome.metLock {
            note(Obstacle(holder: try LockHolder.find(session.connection, links.posterWakeUp)))
        } else if outcome.hasCommitted {
            note(nil)
        }
        if outcome.metFullQueue {
            watch.hurry()
            try look(session)
        }
        return nil
    }

    /// Sends the beat that is due, if one is.
    ///
    /// - Returns: why the session must end, if it must.
    mutating func beat(_ session: borrowing Session, isWanted: Bool) throws(PostgresError) -> SessionEnd? {
        guard let item = links.heartbeat.beginBeat(isWanted: isWanted) else { return nil }
        let heartbeat = links.heartbeat
        var batch = PostBatch()
        batch.append(
            Post(
                items: [item], deadline: .now + Vigil.commitTimeout, checkedFor: session.encoding,
                completion: { heartbeat.endBeat($0) }))
        if let end = try post(batch, session) { return end }
        try look(session)
        return nil
    }

    /// Looks how full the queue is, if it is time, and has a listener that holds it back begin anew.
    private mutating func look(_ session: borrowing Session) throws(PostgresError) {
        guard let usage = try watch.look(session.connection, links.posterWakeUp, core.logger) else { return }
        core.metrics.queueUsage(usage)
        let silence = links.heartbeat.silence
        let isBehind = usage >= QueueWatch.usageBlamed && silence > QueueWatch.silenceMax
        defer { wasBehind = isBehind }
        // Seen twice: this process may just have been stopped itself, and be about to catch up.
        guard isBehind, wasBehind else { return }
        links.alliance.order(
            .listener,
            SessionEnd(.behind, "it has not kept up for \(silence), and holds back PostgreSQL's notification queue"))
    }

    /// What PostgreSQL warns of, above all that its notification queue fills, and by whose fault.
    private mutating func pass(on notices: [String]) {
        for notice in notices where notice.hasPrefix("WARNING") && warnings.isNews(notice, .now) {
            core.logger.warning("PostgreSQL says to the poster: \(notice)")
        }
    }

    /// Tells those whose posts wait, and logs each change once.
    private mutating func note(_ found: Obstacle?) {
        let isNews = found != obstacle
        obstacle = found
        guard let found else {
            guard isNews else { return }
            queue.note(complaint: nil)
            core.logger.notice("PostgreSQL's notification lock is free again")
            return
        }
        let process = found.holder.map { "server process \($0.processID) (\($0.description))" } ?? "another session"
        let complaint = "\(process) holds PostgreSQL's notification lock, in a COMMIT that does not end"
        queue.note(complaint: complaint)
        guard isNews else { return }
        core.logger.warning(
            "posts fail: \(complaint); it may wait for a synchronous standby, or be stopped: end it, or what it waits for")
    }
}
