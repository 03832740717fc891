import LibPQ
import Logging
import Threads

/// The one connection that listens, and the thread that reads it.
///
/// It turns notifications into arrivals, reconciles what is listened to with what is wanted, and makes the connection again
/// for ever when it is lost. It blocks on nothing but one `poll` of its socket and its eventfd.
final class Listener: Sendable {
    /// How long the first LISTEN of a session may take: that of a database reads PostgreSQL's notification queue from its end, 10 s
    /// where it is full, and a session that was given up meanwhile would read on and keep it full.
    static let firstListenTimeout = Duration.seconds(60)
    /// How long PostgreSQL may take to answer a LISTEN before the session counts as lost.
    static let answerTimeout = Duration.seconds(6)
    /// How long it may take to give a sign of life.
    static let signTimeout = Duration.seconds(3)
    /// A session that lasted this long was a good one: the next attempt comes at once.
    static let goodSession = Duration.milliseconds(250)

    private let core: HubCore
    private let parameters: ConnectionParameters
    private let links: Links
    private let isStopping = Locked(false)
    private let thread = Locked<NamedThread?>(nil)

    init(core: HubCore, parameters: ConnectionParameters, links: Links) {
        self.core = core
        self.parameters = parameters
        self.links = links
    }

    func start() {
        let thread = NamedThread("listener") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the session and the thread.
    func stop() {
        isStopping.withLock { $0 = true }
        wakeUp.signal()
        thread.withLock { $0 }?.join()
    }

    private var wakeUp: EventDescriptor { links.listenerWakeUp }
    private var heartbeat: Heartbeat { links.heartbeat }

    private func run() {
        var dialer = Dialer(
            parameters, role: .listener, setUp: setUp, within: Self.firstListenTimeout, alliance: links.alliance)
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var isRefused = false
        // Of a session that stood and heard nothing: it holds until one hears.
        var deafness: String?
        while !isStopping.withLock({ $0 }) {
            guard patience(backoff.next(isRefused: isRefused, using: &generator)).pass() else { return }
            do throws(DialFailure) {
                var session = try dialer.open(wakeUp: wakeUp, isStopping: { [isStopping] in isStopping.withLock { $0 } })
                let start = MonotonicInstant.now
                core.note(listener: deafness.map { .down($0) } ?? .unproven, encoding: session.encoding)
                heartbeat.beginListening()
                let end = serve(&session)
                let wasProven = heartbeat.wasProven
                heartbeat.endListening(end.reason)
                links.alliance.leave(.listener)
                core.loseConnection()
                core.metrics.lost(.listener, cause: end.cause)
                isRefused = end.cause == .deaf && (!wasProven || session.isPooled)
                if !isRefused, MonotonicInstant.now - start > Self.goodSession { backoff.reset() }
                let reason = "the listener's connection is lost: \(end.reason)"
                deafness = end.cause == .deaf ? reason : nil
                complain(reason)
            } catch {
                isRefused = error.isRefused
                deafness = nil
                complain("the listener cannot connect: \(error.message)")
            }
        }
    }

    private var setUp: String { "LISTEN \"\(heartbeat.channel)\"" }

    /// Logs each change of what is wrong once, and remembers it for whoever asks.
    private func complain(_ reason: String) {
        guard !isStopping.withLock({ $0 }) else { return }
        if core.listenerState != .down(reason) { core.logger.warning("\(reason); readers are held, trying again") }
        core.note(listener: .down(reason))
    }

    private func patience(_ limit: Duration) -> Patience {
        Patience(wakeUp: wakeUp, isStopping: { [isStopping] in isStopping.withLock { $0 } }, limit: limit)
    }

    /// Serves one session to its end.
    private func serve(_ session: inout Session) -> SessionEnd {
        var commands = ListenCommands(core: core, encoding: session.encoding)
        var leisure = Leisure(.now)
        do throws(PostgresError) {
            while !isStopping.withLock({ $0 }) {
                if let order = links.alliance.order(for: .listener) { return order }
                let (turn, isWanted) = core.planTurn()
                let nextSign = heartbeat.nextSign(isWanted: isWanted)
                let asksForSign = nextSign.map { $0 <= .now } ?? false
                if try commands.advance(session.connection, asksForSign: asksForSign) { heartbeat.noteSign() }
                let isFlushed = try session.connection.flush()
                // Results and writes can bring notifications along; asleep, nobody would look at them.
                deliver(session, commands)
                let deadline = commands.deadline ?? turn.earlier(nextSign)
                let beginning = MonotonicInstant.now
                let outcome = Poll.wait(
                    on: session.connection.socket, isWriting: !isFlushed, wakeUp: wakeUp,
                    until: deadline.earlier(heartbeat.judgementTime))
                leisure.noteSleep(from: beginning, to: .now)
                guard !outcome.isReadable else {
                    try session.connection.consumeInput()
                    deliver(session, commands)
                    continue
                }
                // Only now, since what was late may just have been read: this process may have been stopped itself.
                if let end = judge(session, commands, leisure) { return end }
            }
            return .stopping
        } catch {
            // What had come before the end is still to be read.
            deliver(session, commands)
            // Only that has found the server's farewell, if there was one.
            return SessionEnd(session.connection.isBroken ? session.connection.lastError : error)
        }
    }

    /// Why the session must end, now that all that its socket held was read; `nil` when it goes on.
    private func judge(
        _ session: borrowing Session, _ commands: ListenCommands, _ leisure: Leisure
    ) -> SessionEnd? {
        if let deadline = commands.deadline, MonotonicInstant.now >= deadline {
            return SessionEnd(.unanswered, "PostgreSQL does not answer")
        }
        guard heartbeat.judge(isBehind: leisure.isBusy(.now)) == .deaf else { return nil }
        guard heartbeat.wasProven, !session.isPooled else { return SessionEnd(.deaf, PoolerWords.deaf) }
        return SessionEnd(
            .deaf,
            """
            \(Vigil.missedCountMax) heartbeats in a row were committed and have not arrived: its server process is stopped, or \
            it is not on the poster's server
            """)
    }

    /// Takes all that was read so far, before anybody is woken.
    private func deliver(_ session: borrowing Session, _ commands: ListenCommands) {
        var arrivals: [HubCore.Table.Arrival] = []
        while let notification = session.connection.nextNotification() {
            guard notification.channel != heartbeat.channel.bytes else {
                hear(notification, session, commands)
                continue
            }
            arrivals.append(
                .init(
                    channel: ChannelName(delivered: session.encoding.decode(notification.channel)),
                    payload: Payload(delivered: session.encoding.decode(notification.payload))))
        }
        core.deliver(arrivals)
    }

    private func hear(_ beat: DeliveredNotification, _ session: borrowing Session, _ commands: ListenCommands) {
        let roundTrip =
            session.isPooled ? heartbeat.hear(beat, pooledSince: commands.quietSince) : heartbeat.hear(beat)
        guard let roundTrip else { return }
        core.metrics.beat(roundTrip: roundTrip)
        guard core.listenerState != .up else { return }
        core.note(listener: .up)
        core.logger.info("the listener is connected, and hears what is posted")
    }
}

extension MonotonicInstant? {
    /// The earlier one; `nil` is never.
    fileprivate func earlier(_ other: MonotonicInstant?) -> MonotonicInstant? {
        guard let self, let other else { return self ?? other }
        return min(self, other)
    }
}
