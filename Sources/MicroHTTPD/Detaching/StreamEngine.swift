import Glibc
import HTTPTypes
import Synchronization
import Threads

/// Serves streams without libmicrohttpd, in a tenth of the memory, and wakes one at the same cost however many there are.
///
/// It takes a connection over when the head of its stream is due: the socket is duplicated, and libmicrohttpd told that the
/// request has failed, after which it forgets the connection. It closes its own descriptor, and in turbo mode nothing else, so
/// that the duplicate lives on. That is nowhere documented; `DetachingProbe` tries it out before it is relied on.
final class StreamEngine: Sendable {
    private let threads: [StreamThread]
    private let next = Atomic(0)
    private let date = Locked(HTTPDate())

    /// Starts the threads.
    ///
    /// - Throws: `SystemError` when the process has no descriptors left.
    init(stall: Duration, checkInterval: Duration) throws(SystemError) {
        var threads: [StreamThread] = []
        for number in 0..<DaemonConfiguration.streamThreadCount {
            do throws(SystemError) {
                threads.append(try StreamThread(number: number, stall: stall, checkInterval: checkInterval))
            } catch {
                for thread in threads { thread.stop() }
                throw error
            }
        }
        self.threads = threads
    }

    /// Ends the threads. No stream may be left.
    func stop() {
        for thread in threads { thread.stop() }
    }

    /// Takes over the connection of a stream whose head is due, on its worker. The request must then be failed.
    ///
    /// - Returns: false when nothing was taken over.
    func adopt(_ connection: Connection, _ response: StreamResponse) -> Bool {
        let head = StreamHead.bytes(response.status, response.headers, date: date.withLock { $0.text(at: time(nil)) })
        let thread = threads[next.wrappingAdd(1, ordering: .relaxed).oldValue % threads.count]
        let detached = connection.detach { descriptor, consumedByteCount throws(SystemError) in
            let stream = DetachedStream(
                descriptor: descriptor, connection: connection, stream: response.stream, thread: thread, head: head,
                consumedByteCount: consumedByteCount)
            try thread.adopt(stream)
            return stream
        }
        guard let detached else { return false }
        thread.enqueue(detached)
        return true
    }
}
