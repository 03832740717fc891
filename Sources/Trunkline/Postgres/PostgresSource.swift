import LibPQ
import Threads

/// PostgreSQL: one connection that listens and one that posts, each with a thread of its own.
final class PostgresSource: NotificationSource {
    private struct Parts: Sendable {
        let listener: Listener
        let poster: Poster
    }

    private let parameters: ConnectionParameters
    private let listenerWakeUp: EventDescriptor
    private let posterWakeUp: EventDescriptor
    /// Takes posts from the first moment on: they wait for the poster, each until its deadline.
    private let queue: PostQueue
    private let parts: Locked<Parts?> = Locked(nil)

    /// - Parameter database: a conninfo string or URI; `nil` for libpq's environment.
    /// - Throws: `.configuration` for one that cannot be read, `.overLimit` without descriptors.
    init(database: String?, timekeeper: Timekeeper) throws(TrunklineError) {
        queue = PostQueue(timekeeper: timekeeper)
        queue.note(complaint: "the hub is not running")
        do throws(PostgresError) {
            parameters = try ConnectionParameters(dsn: database ?? "")
        } catch {
            throw TrunklineError(.configuration, error.message)
        }
        do throws(SystemError) {
            listenerWakeUp = try EventDescriptor()
            posterWakeUp = try EventDescriptor()
        } catch {
            throw TrunklineError(.overLimit, "\(error)")
        }
    }

    func start(_ core: HubCore) {
        let parts = Parts(
            listener: Listener(core: core, parameters: parameters, wakeUp: listenerWakeUp),
            poster: Poster(core: core, parameters: parameters, queue: queue, wakeUp: posterWakeUp))
        self.parts.withLock { $0 = parts }
        parts.listener.start()
        parts.poster.start()
    }

    func reconcile() {
        listenerWakeUp.signal()
    }

    func post(_ post: Post) {
        if queue.append(post) { posterWakeUp.signal() }
    }

    func stop(by deadline: MonotonicInstant) {
        guard let parts = parts.withLock({ $0 }) else { return }
        parts.poster.stop(by: deadline)
        parts.listener.stop()
    }
}
