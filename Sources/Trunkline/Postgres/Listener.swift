import LibPQ
import Logging
import Threads

/// The one connection that listens, and the thread that reads it.
///
/// It turns notifications into arrivals, reconciles what is listened to with what is wanted, and makes the connection again
/// for ever when it is lost. It blocks on nothing but one `poll` of its socket and its eventfd (and in `PQconnectStart`,
/// where libpq resolves a host's name).
final class Listener: Sendable {
    /// How long PostgreSQL may take to answer a LISTEN before the session counts as lost.
    static let answerTimeout = Duration.seconds(10)
    /// A session that lasted this long was a good one: the next attempt comes at once.
    static let goodSession = Duration.seconds(1)

    private let core: HubCore
    private let parameters: ConnectionParameters
    private let wakeUp: EventDescriptor
    private let isStopping = Locked(false)
    private let thread = Locked<NamedThread?>(nil)

    init(core: HubCore, parameters: ConnectionParameters, wakeUp: EventDescriptor) {
        self.core = core
        self.parameters = parameters
        self.wakeUp = wakeUp
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

    private func run() {
        var dialer = Dialer(parameters, name: "trunkline listener")
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var isRefused = false
        while !isStopping.withLock({ $0 }) {
            guard pause(backoff.next(isRefused: isRefused, using: &generator)) else { return }
            do throws(DialFailure) {
                var session = try dialer.open(wakeUp: wakeUp, isStopping: { [isStopping] in isStopping.withLock { $0 } })
                let start = MonotonicInstant.now
                isRefused = false
                core.note(listener: .up, encoding: session.encoding)
                core.logger.info("the listener is connected")
                let reason = serve(&session)
                core.loseConnection()
                if MonotonicInstant.now - start > Self.goodSession { backoff.reset() }
                complain("the listener's connection is lost: \(reason)")
            } catch {
                isRefused = error.isRefused
                complain("the listener cannot connect: \(error.message)")
            }
        }
    }

    /// Logs each change of what is wrong once, and remembers it for whoever asks.
    private func complain(_ reason: String) {
        guard !isStopping.withLock({ $0 }) else { return }
        if core.listenerState != .down(reason) { core.logger.warning("\(reason); readers are held, trying again") }
        core.note(listener: .down(reason))
    }

    /// - Returns: false when all is to stop.
    private func pause(_ duration: Duration) -> Bool {
        let end = MonotonicInstant.now + duration
        while MonotonicInstant.now < end {
            _ = Poll.wait(on: nil, wakeUp: wakeUp, until: end)
            if isStopping.withLock({ $0 }) { return false }
        }
        return true
    }

    /// Serves one session to its end.
    ///
    /// - Returns: why it ended.
    private func serve(_ session: inout Session) -> String {
        var commands = ListenCommands(core: core, encoding: session.encoding)
        do throws(PostgresError) {
            while !isStopping.withLock({ $0 }) {
                try commands.advance(session.connection)
                let isFlushed = try session.connection.flush()
                // Results and writes can bring notifications along; asleep, nobody would look at them.
                deliver(session.connection, session.encoding)
                let deadline = commands.deadline ?? core.nextDeadline
                let outcome = Poll.wait(
                    on: session.connection.socket, isWriting: !isFlushed, wakeUp: wakeUp, until: deadline)
                if outcome.isReadable { try session.connection.consumeInput() }
                deliver(session.connection, session.encoding)
                if let deadline = commands.deadline, MonotonicInstant.now >= deadline {
                    return "no answer to a LISTEN within \(Self.answerTimeout)"
                }
            }
            return "stopping"
        } catch {
            // What had come before the end is still to be read.
            deliver(session.connection, session.encoding)
            return error.description
        }
    }

    /// Takes all that was read so far, before anybody is woken.
    private func deliver(_ connection: borrowing Connection, _ encoding: TextEncoding) {
        var arrivals: [HubCore.Table.Arrival] = []
        while let notification = connection.nextNotification() {
            arrivals.append(
                .init(
                    channel: ChannelName(delivered: encoding.decode(notification.channel)),
                    payload: Payload(delivered: encoding.decode(notification.payload))))
        }
        core.deliver(arrivals)
    }
}
