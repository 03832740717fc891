import LibPQ
import Threads

/// PostgreSQL: one connection that listens and one that posts, each with a thread of its own.
final class PostgresSource: NotificationSource {
    private struct Parts: Sendable {
        let listener: Listener
        let poster: Poster
    }

    private let parameters: ConnectionParameters
    private let links: Links
    private let timekeeper: Timekeeper
    /// Takes posts from the first moment on: they wait for the poster, each until its deadline.
    private let queue: PostQueue
    private let parts: Locked<Parts?> = Locked(nil)

    /// - Parameter database: a conninfo string or URI; `nil` for libpq's environment.
    /// - Throws: `.configuration` for one that cannot be read, `.overLimit` without descriptors.
    init(database: String?, timekeeper: Timekeeper) throws(TrunklineError) {
        self.timekeeper = timekeeper
        queue = PostQueue(timekeeper: timekeeper)
        queue.note(complaint: "the hub is not running")
        do throws(PostgresError) {
            parameters = try ConnectionParameters(dsn: database ?? "")
        } catch {
            throw TrunklineError(.configuration, error.message)
        }
        do throws(SystemError) {
            links = try Links()
        } catch {
            throw TrunklineError(.overLimit, "\(error)")
        }
    }

    func start(_ core: HubCore) {
        let parts = Parts(
            listener: Listener(core: core, parameters: parameters, links: links),
            poster: Poster(core: core, parameters: parameters, queue: queue, links: links))
        self.parts.withLock { $0 = parts }
        parts.listener.start()
        parts.poster.start()
    }

    func reconcile() {
        links.listenerWakeUp.signal()
    }

    func post(_ post: Post) {
        if queue.append(post) { links.posterWakeUp.signal() }
    }

    func noteInterest() {
        links.heartbeat.noteInterest()
    }

    func prove(within limit: Duration, _ answer: @escaping @Sendable (String?) -> Void) {
        links.heartbeat.prove(within: limit, timekeeper, answer)
    }

    func stop(by deadline: MonotonicInstant) {
        guard let parts = parts.withLock({ $0 }) else { return }
        parts.poster.stop(by: deadline)
        parts.listener.stop()
    }
}
