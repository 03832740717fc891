import CMicroHTTPD
import Glibc
import Synchronization
import Threads

/// A stream that libmicrohttpd has let go of: its socket, and what the client has not taken yet.
///
/// All but `wake()` and `shutDown()` run on its thread only.
final class DetachedStream: @unchecked Sendable {
    // Sendable: `phase` and `isShutDown` are atomic, what is not constant else belongs to its thread.
    /// How often a stream is read before the thread's others have their turn: one that always has more would keep it for ever.
    private static let readsPerTurn = 8

    /// A duplicate of libmicrohttpd's, which it closes; closed when the stream is over.
    let descriptor: Int32
    private let thread: StreamThread
    /// The bytes of all requests; more have not come so far.
    private let consumedByteCount: UInt64
    /// `nil` when it is over.
    private var service: Service?

    let phase = StreamPhase()
    private let isShutDown = Atomic(false)

    /// Whom it serves, and with what.
    private struct Service {
        let connection: Connection
        let stream: any ResponseStream
    }

    /// What was read from the stream and has not been sent: the head at first.
    private var unsent: UnsentBytes
    /// The kernel takes no more until the client does.
    private var isBlocked = false
    /// Nothing follows the rest.
    private var isEnded = false
    /// Among those that the thread checks.
    private var isChecked = false
    /// The bytes that were acknowledged when the sending was last looked at, and since when it is the same number.
    private var acknowledged: (byteCount: UInt64, since: MonotonicInstant)?

    init(
        descriptor: Int32, connection: Connection, stream: any ResponseStream, thread: StreamThread, head: [UInt8],
        consumedByteCount: UInt64
    ) {
        self.descriptor = descriptor
        service = Service(connection: connection, stream: stream)
        self.thread = thread
        self.consumedByteCount = consumedByteCount
        unsent = UnsentBytes(head)
    }

    // MARK: for any thread

    /// Has the stream look again.
    func wake() {
        if phase.wake() { thread.enqueue(self) }
    }

    /// Ends the connection; what was not sent yet is lost.
    func shutDown() {
        isShutDown.store(true, ordering: .releasing)
        wake()
    }

    var isGone: Bool { phase.isClosed || isShutDown.load(ordering: .acquiring) }

    // MARK: on its thread

    /// Sends what there is, and lets the thread's others go first where that is much.
    ///
    /// - Parameter buffer: the thread's, for the time of the call.
    func run(_ buffer: UnsafeMutableRawBufferPointer) {
        guard phase.run() else { return }
        var readsLeft = Self.readsPerTurn
        repeat {
            if isShutDown.load(ordering: .acquiring) { return cut() }
            if isBlocked { continue }
            switch advance(buffer, &readsLeft) {
            case .idle: break
            case .unfinished:
                phase.requeue()
                return thread.enqueue(self)
            case .over: return
            }
        } while !phase.sleep()
    }

    /// The client takes more, or has gone.
    func handle(_ events: EventSet.Events, _ buffer: UnsafeMutableRawBufferPointer) {
        guard !phase.isClosed else { return }
        if !events.isDisjoint(with: .gone) { return cut() }
        guard isBlocked else { return }
        isBlocked = false
        if phase.wake() { run(buffer) }
    }

    /// Looks whether what was sent arrives.
    ///
    /// - Returns: whether to look again.
    func check(_ now: MonotonicInstant, stall: Duration) -> Bool {
        guard !phase.isClosed else { return false }
        guard let progress = TCPProgress(of: descriptor) else {
            cut()
            return false
        }
        if progress.unackedSegmentCount == 0, !isBlocked {
            acknowledged = nil
            isChecked = false
            return false
        }
        guard let acknowledged, acknowledged.byteCount == progress.ackedByteCount else {
            acknowledged = (progress.ackedByteCount, now)
            return true
        }
        guard now - acknowledged.since >= stall else { return true }
        cut()
        return false
    }

    /// How far a stream has come.
    private enum Progress {
        /// There is nothing more just now, or the kernel takes no more.
        case idle
        /// There may be more, and its turn is over.
        case unfinished
        case over
    }

    /// Reads the stream, and sends, as long as there is something, the kernel takes it, and `readsLeft` is not used up.
    private func advance(_ buffer: UnsafeMutableRawBufferPointer, _ readsLeft: inout Int) -> Progress {
        var outcome = unsent.send(to: descriptor)
        while let stream = service?.stream {
            switch outcome {
            case .sent: noteSent()
            case .blocked:
                noteSent()
                isBlocked = true
                return .idle
            case .broken:
                cut()
                return .over
            }
            if isEnded {
                end()
                return .over
            }
            guard readsLeft > 0 else { return .unfinished }
            readsLeft -= 1
            switch stream.read(into: Chunk.content(of: buffer)) {
            case .wrote(let count): outcome = unsent.send(Chunk.close(buffer, count: count), to: descriptor)
            case .waiting: return .idle
            case .end:
                isEnded = true
                outcome = Chunk.last.withUnsafeBytes { unsent.send($0, to: descriptor) }
            case .abort: cut()
            }
        }
        return .over
    }

    /// From now on it is looked at whether what was sent arrives.
    private func noteSent() {
        guard !isChecked else { return }
        isChecked = true
        thread.check(self)
    }

    // MARK: the end

    /// All was sent.
    private func end() {
        Glibc.shutdown(descriptor, Int32(SHUT_WR))
        // Closed with unread input, the kernel would throw away what of the stream the client has not read.
        if TCPProgress(of: descriptor).map({ $0.receivedByteCount > consumedByteCount }) ?? false {
            service?.connection.core.lingerer.linger(descriptor)
        }
        close()
    }

    /// Ends the connection without an end of the body.
    private func cut() {
        Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        close()
    }

    private func close() {
        guard let service else { return }
        self.service = nil
        phase.close()
        unsent = UnsentBytes([])
        thread.release(self)
        Glibc.close(descriptor)
        service.stream.ended()
        service.connection.core.registry.remove(service.connection)
        service.connection.core.crowding.relieve()
    }
}
