import LibPQ
import Logging
import Threads

/// The one connection that posts, and its thread.
///
/// Group commit without a timer: while one batch is under way the next one gathers. Posts keep their order, are never sent
/// twice, and are answered after their COMMIT.
final class Poster: Sendable {
    private let core: HubCore
    private let parameters: ConnectionParameters
    private let queue: PostQueue
    private let wakeUp: EventDescriptor
    /// When all is to have ended, once it is stopping.
    private let end = Locked<MonotonicInstant?>(nil)
    private let thread = Locked<NamedThread?>(nil)

    init(core: HubCore, parameters: ConnectionParameters, queue: PostQueue, wakeUp: EventDescriptor) {
        self.core = core
        self.parameters = parameters
        self.wakeUp = wakeUp
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

    private func run() {
        var dialer = Dialer(parameters, name: "trunkline poster", setUp: PostPipeline.setUp)
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var isRefused = false
        while !isStopping {
            guard pause(backoff.next(isRefused: isRefused, using: &generator)) else { return }
            do throws(DialFailure) {
                var session = try dialer.open(wakeUp: wakeUp, isStopping: { [end] in end.withLock { $0 } != nil })
                let start = MonotonicInstant.now
                isRefused = false
                queue.note(complaint: nil)
                core.note(poster: .up)
                core.logger.info("the poster is connected")
                let reason = serve(&session)
                if MonotonicInstant.now - start > Listener.goodSession { backoff.reset() }
                complain("the poster's connection is lost: \(reason)")
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

    /// - Returns: false when all is to stop.
    private func pause(_ duration: Duration) -> Bool {
        let end = MonotonicInstant.now + duration
        while MonotonicInstant.now < end {
            _ = Poll.wait(on: nil, wakeUp: wakeUp, until: end)
            if isStopping { return false }
        }
        return true
    }

    /// Serves one session to its end.
    ///
    /// - Returns: why it ended.
    private func serve(_ session: inout Session) -> String {
        do throws(PostgresError) {
            try session.connection.enterPipeline()
            while true {
                let batch = queue.takeBatch()
                if !batch.isEmpty {
                    try PostPipeline.run(batch, session, wakeUp) { [end] in end.withLock { $0 } }
                    continue
                }
                if isStopping { return "stopping" }
                let outcome = Poll.wait(on: session.connection.socket, wakeUp: wakeUp, until: nil)
                // Nothing is expected: it can only be a notice, or the end.
                if outcome.isReadable { try session.connection.consumeInput() }
            }
        } catch {
            return error.description
        }
    }
}
