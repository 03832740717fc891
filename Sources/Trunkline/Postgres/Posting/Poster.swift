import Glibc
import LibPQ
import Logging
import Threads

/// The one connection that posts, and its thread.
///
/// Group commit without a timer: while one batch is under way the next one gathers, and where several post at a time the others
/// on this processor are let go first. Posts keep their order, are never sent twice, and are answered after their COMMIT.
/// Between two batches it sends the heartbeat.
final class Poster: Sendable {
    private let core: HubCore
    private let parameters: ConnectionParameters
    private let queue: PostQueue
    private let links: Links
    /// When all is to have ended, once it is stopping.
    private let end = Locked<MonotonicInstant?>(nil)
    private let thread = Locked<NamedThread?>(nil)

    init(core: HubCore, parameters: ConnectionParameters, queue: PostQueue, links: Links) {
        self.core = core
        self.parameters = parameters
        self.links = links
        self.queue = queue
    }

    func start() {
        let thread = NamedThread("poster") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Finishes what has been taken, as far as that is done by `deadline`, then ends the thread.
    func stop(by deadline: MonotonicInstant) {
        queue.close()
        end.withLock { $0 = deadline }
        wakeUp.signal()
        thread.withLock { $0 }?.join()
        queue.failAll(TrunklineError(.stopping, "not posted: the server is stopping"))
    }

    private var isStopping: Bool { end.withLock { $0 } != nil }

    private var wakeUp: EventDescriptor { links.posterWakeUp }

    private func run() {
        var dialer = Dialer(
            parameters, role: .poster, setUp: PostPipeline.setUp, within: Dialer.attemptTimeout, alliance: links.alliance)
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var duty = PostingDuty(core: core, queue: queue, links: links) { [end] in end.withLock { $0 } }
        var isRefused = false
        var isIdentityTold = false
        while !isStopping {
            guard patience(backoff.next(isRefused: isRefused, using: &generator)).pass() else { return }
            do throws(DialFailure) {
                var session = try dialer.open(wakeUp: wakeUp, isStopping: { [end] in end.withLock { $0 } != nil })
                let start = MonotonicInstant.now
                queue.note(complaint: nil)
                core.note(poster: .up)
                core.logger.info("the poster is connected")
                if session.identity.system == nil, !isIdentityTold {
                    isIdentityTold = true
                    core.logger.warning(
                        """
                        which system the server belongs to is unknown, so that another one behind its address can only be told by \
                        its timeline: GRANT EXECUTE ON FUNCTION pg_control_system() to the role
                        """)
                }
                links.heartbeat.beginPosting(from: session.processID)
                let end = serve(&session, &duty)
                links.heartbeat.endPosting(end)
                links.alliance.leave(.poster)
                core.metrics.lost(.poster, cause: end.cause)
                isRefused = false
                if MonotonicInstant.now - start > Listener.goodSession { backoff.reset() }
                complain("the poster's connection is lost: \(end.reason)")
            } catch {
                isRefused = error.isRefused
                complain("the poster cannot connect: \(error.message)")
            }
        }
    }

    /// Logs each change of what is wrong once, and remembers it for whoever asks.
    private func complain(_ reason: String) {
        queue.note(complaint: reason)
        guard !isStopping else { return }
        if core.posterState != .down(reason) { core.logger.warning("\(reason); trying again") }
        core.note(poster: .down(reason))
    }

    private func patience(_ limit: Duration) -> Patience {
        Patience(wakeUp: wakeUp, isStopping: { [end] in end.withLock { $0 } != nil }, limit: limit)
    }

    /// Serves one session to its end.
    private func serve(_ session: inout Session, _ duty: inout PostingDuty) -> SessionEnd {
        do throws(PostgresError) {
            try session.connection.enterPipeline()
            duty.begin()
            var isAlone = true
            while true {
                if let order = links.alliance.order(for: .poster) { return order }
                // Nobody needs proof of a server that is stopping.
                let isWanted = core.isWanted
                if !isStopping, let end = try duty.beat(session, isWanted: isWanted) { return end }
                // Those who were answered just now are about to post again. With nobody else to run it returns at once.
                if !isAlone { sched_yield() }
                let batch = queue.takeBatch()
                isAlone = batch.itemCount < 2
                if !batch.isEmpty {
                    core.metrics.sent(batch: batch.itemCount, transactions: batch.segments.count)
                    if let end = try duty.post(batch, session) { return end }
                    continue
                }
                if isStopping { return .stopping }
                let outcome = Poll.wait(
                    on: session.connection.socket, wakeUp: wakeUp, until: links.heartbeat.nextBeat { core.isWanted })
                // Nothing is expected: it can only be a notice, or the end.
                if outcome.isReadable {
                    try session.connection.consumeInput()
                    while session.connection.nextNotification() != nil {}
                }
            }
        } catch {
            if error == .unanswered { return SessionEnd(.unanswered, error.message) }
            // Only to look for notifications finds the server's farewell, if there was one.
            while session.connection.nextNotification() != nil {}
            return SessionEnd(session.connection.isBroken ? session.connection.lastError : error)
        }
    }
}
