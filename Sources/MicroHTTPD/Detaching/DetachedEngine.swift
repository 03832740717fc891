import Glibc
import HTTPTypes
import Synchronization
import Threads

/// Serves what is held without libmicrohttpd, in a fraction of the memory, and wakes one at the same cost however many there are.
///
/// It takes a connection over when the head of its stream is due, or when its request has been suspended for a while: the socket is
/// duplicated, and libmicrohttpd told that the request has failed, after which it forgets the connection. It closes its own
/// descriptor, and in turbo mode nothing else, so that the duplicate lives on. That is nowhere documented; `DetachingProbe` tries it
/// out before it is relied on. After an answer the socket is given back, as a new connection of libmicrohttpd.
final class DetachedEngine: Sendable {
    private let threads: [DetachedThread]
    private let next = Atomic(0)

    /// Starts the threads.
    ///
    /// - Throws: `SystemError` when the process has no descriptors left.
    init(stall: Duration, checkInterval: Duration) throws(SystemError) {
        var threads: [DetachedThread] = []
        for number in 0..<DaemonConfiguration.detachedThreadCount {
            do throws(SystemError) {
                threads.append(try DetachedThread(number: number, stall: stall, checkInterval: checkInterval))
            } catch {
                for thread in threads { thread.stop() }
                throw error
            }
        }
        self.threads = threads
    }

    /// Ends the threads. No client may be left.
    func stop() {
        for thread in threads { thread.stop() }
    }

    /// Takes over a connection, on its worker. The request must then be failed.
    ///
    /// - Returns: false when nothing was taken over.
    func adopt(_ connection: Connection, _ content: DetachedClient.Content) -> Bool {
        let thread = threads[next.wrappingAdd(1, ordering: .relaxed).oldValue % threads.count]
        // A head is to be sent; a request sleeps on, unless it was woken.
        let isDue = if case .request = content { false } else { true }
        let detached = connection.detach { descriptor, consumedByteCount, isWoken throws(SystemError) in
            let client = DetachedClient(
                descriptor: descriptor, connection: connection, content, isQueued: isDue || isWoken, thread: thread,
                consumedByteCount: consumedByteCount)
            try thread.adopt(client)
            return client
        }
        guard let detached else { return false }
        if detached.isWoken || isDue { thread.enqueue(detached.client) }
        return true
    }
}
