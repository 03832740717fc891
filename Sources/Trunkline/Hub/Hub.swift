import CoreMetrics
import Logging
import ServiceLifecycle
import Threads

/// Waits for notifications of PostgreSQL and posts them, for any number of readers and channels over one listening
/// connection.
///
/// `run()` connects, and connects again whenever the connection is lost; readers are held meanwhile. What is posted is
/// delivered by PostgreSQL only, so all processes that listen see one order.
public final class Hub: Service, Sendable {
    /// How long posts in flight may take when the hub stops; what is not committed by then is answered as it stands.
    static let stopTimeout = Duration.seconds(1)

    /// How long the proof of readiness may take.
    static let readinessTimeout = Duration.seconds(3)

    package let core: HubCore
    /// Owns all time-outs, those of the server in front of the hub too.
    package let timekeeper: Timekeeper
    private let source: any NotificationSource
    private let configuration: HubConfiguration
    /// Of a post: worked out once, as it takes longer than all else about a deadline.
    private let postMargin: Duration
    private let hasRun = Locked(false)

    /// - Parameters:
    ///   - database: a libpq conninfo string or URI; `nil` for libpq's environment (`PGHOST`, `PGDATABASE`, …).
    ///   - configuration: bounds; all have defaults.
    ///   - logger: told of each change of the connections, never of a password.
    ///   - metrics: makes the instruments; see <doc:Metrics>.
    /// - Throws: `.configuration` for a `database` that cannot be read, `.overLimit` when the process has no descriptors.
    public convenience init(
        database: String? = nil, configuration: HubConfiguration = HubConfiguration(),
        logger: Logger = Logger(label: "trunkline"), metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(TrunklineError) {
        let timekeeper = try Self.makeTimekeeper()
        try self.init(
            source: PostgresSource(database: database, timekeeper: timekeeper), timekeeper: timekeeper,
            configuration: configuration, logger: logger, metrics: metrics)
    }

    package init(
        source: any NotificationSource, timekeeper: Timekeeper, configuration: HubConfiguration, logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) throws(TrunklineError) {
        self.source = source
        self.timekeeper = timekeeper
        self.configuration = configuration
        postMargin = min(Post.marginMax, configuration.postTimeout / 5)
        do throws(SystemError) {
            core = try HubCore(limits: HubCore.Table.Limits(configuration), logger: logger, metrics: HubMetrics(metrics))
        } catch {
            throw TrunklineError(.overLimit, "\(error)")
        }
    }

    deinit {
        timekeeper.stop()
        core.stopWaking()
    }

    package static func makeTimekeeper() throws(TrunklineError) -> Timekeeper {
        do throws(SystemError) {
            return try Timekeeper()
        } catch {
            throw TrunklineError(.overLimit, "\(error)")
        }
    }

    /// Serves until the task is cancelled or its service group shuts down gracefully. Runs once.
    ///
    /// At its end everybody who waits gets `.stopping`, posts that were taken are finished, and the connections are closed.
    public func run() async throws {
        let isFirst = hasRun.withLock { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
        precondition(isFirst, "a hub runs once")
        source.start(core)
        await untilShutDown()
        core.beginStopping()
        let deadline = MonotonicInstant.now + Self.stopTimeout
        await withCheckedContinuation { continuation in
            _ = NamedThread("hub stop") { [source] in
                source.stop(by: deadline)
                continuation.resume()
            }
        }
    }

    /// Posts, and returns after COMMIT: the notification is on its way to everybody who listens, in all processes.
    ///
    /// Not crash-durable: PostgreSQL keeps notifications in no log.
    ///
    /// - Throws: `.notPosted` when it was certainly not committed, `.outcomeUnknown` when it was sent and no answer came,
    ///   `.notRepresentable`, `.channelInvalid` and `.payloadTooLarge` by the database's encoding, `.overLimit`,
    ///   `.stopping`. A cancelled task does not take back what was posted: the post is finished all the same.
    public func post(_ payload: Payload, to channel: ChannelName) async throws(TrunklineError) {
        let result = await withCheckedContinuation { continuation in
            post([Post.Item(channel: channel, payload: payload)]) { continuation.resume(returning: $0) }
        }
        try result.get()
    }

    /// Posts several notifications, all in one transaction.
    ///
    /// - Parameters:
    ///   - items: distinct, at least one.
    ///   - completion: called exactly once, on any thread, within `postTimeout`; must not block.
    package func post(
        _ items: [Post.Item], completion: @escaping @Sendable (Result<Void, TrunklineError>) -> Void
    ) {
        let encoding = core.encoding
        let post = Post(
            items: items, deadline: .now + configuration.postTimeout, margin: postMargin, checkedFor: encoding,
            metrics: core.metrics, completion: completion)
        if let encoding {
            do throws(TrunklineError) {
                try post.check(in: encoding)
            } catch {
                return post.answer(.failure(error))
            }
        }
        source.post(post)
    }

    /// Tells the source that there is something to reconcile.
    func reconcile() {
        source.reconcile()
    }

    /// Tells the source that somebody reads where nobody did.
    func noteInterest() {
        source.noteInterest()
    }

    /// Proves that what is posted arrives.
    ///
    /// - Parameter answer: called once, on any thread, at once or within `readinessTimeout`: with `nil` on fresh proof, else with
    ///   the reason in words for an operator. Must not block.
    package func prove(_ answer: @escaping @Sendable (String?) -> Void) {
        if let outage = core.outage { return answer(outage) }
        source.prove(within: Self.readinessTimeout) { [core] reason in
            // A connection that is lost says more than a beat that did not come.
            answer(reason.map { core.outage ?? $0 })
        }
    }
}
