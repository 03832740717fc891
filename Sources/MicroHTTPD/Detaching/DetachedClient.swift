import CMicroHTTPD
import Glibc
import HTTPTypes
import Synchronization
import Threads

/// A client that libmicrohttpd has let go of: its socket, what it is served with, and what it has not taken yet.
///
/// All but `wake()` and `shutDown()` run on its thread only.
final class DetachedClient: @unchecked Sendable {
    // Sendable: `phase` and `isShutDown` are atomic, what is not constant else belongs to its thread.
    /// With what a client is served.
    enum Content {
        /// A request that waits for its answer, and has its steps here from now on.
        case request(Exchange, any Responder)
        /// A complete answer that is being sent; whether the connection ends with it.
        case answer(any Responder, isLast: Bool)
        /// A stream whose head is due.
        case opening(StreamResponse)
        case stream(any ResponseStream)
        /// A stream whose rest is being sent.
        case ending(any ResponseStream)
    }

    /// How often one is asked for more before the thread's others have their turn: a stream that always has more would keep it for
    /// ever.
    private static let readsPerTurn = 8

    /// A duplicate of libmicrohttpd's, which it closes; closed or given back when the client is done with.
    let descriptor: Int32
    private let thread: DetachedThread
    /// The bytes of all requests; more have not come so far.
    private let consumedByteCount: UInt64
    /// `nil` when it is over.
    private var service: Service?

    let phase: DetachedPhase
    private let isShutDown = Atomic(false)

    /// Whom it serves, and with what.
    private struct Service {
        let connection: Connection
        var content: Content
    }

    /// What is to be sent and was not taken.
    private var unsent = UnsentBytes([])
    /// The kernel takes no more until the client does.
    private var isBlocked = false
    /// Among those that the thread checks.
    private var isChecked = false
    /// The bytes that were acknowledged when the sending was last looked at, and since when it is the same number.
    private var acknowledged: (byteCount: UInt64, since: MonotonicInstant)?

    /// - Parameter isQueued: whether there is something to do, and the caller enqueues it; else it sleeps.
    init(
        descriptor: Int32, connection: Connection, _ content: Content, isQueued: Bool, thread: DetachedThread,
        consumedByteCount: UInt64
    ) {
        phase = DetachedPhase(isQueued: isQueued)
        self.descriptor = descriptor
        service = Service(connection: connection, content: content)
        self.thread = thread
        self.consumedByteCount = consumedByteCount
    }

    // MARK: for any thread

    /// Has the client looked at again.
    func wake() {
        if phase.wake() { thread.enqueue(self) }
    }

    /// Ends the connection; what was not sent yet is lost.
    func shutDown() {
        isShutDown.store(true, ordering: .sequentiallyConsistent)
        wake()
    }

    /// Whether the connection was to be ended.
    var isToEnd: Bool { isShutDown.load(ordering: .sequentiallyConsistent) }
    var isGone: Bool { phase.isClosed || isToEnd }

    // MARK: on its thread

    /// Sends what there is, and lets the thread's others go first where that is much.
    ///
    /// - Parameter buffer: the thread's, for the time of the call.
    func run(_ buffer: UnsafeMutableRawBufferPointer) {
        guard phase.run() else { return }
        var readsLeft = Self.readsPerTurn
        repeat {
            if isToEnd { return cut() }
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

    /// How far a client has come.
    private enum Progress {
        /// There is nothing more just now, or the kernel takes no more.
        case idle
        /// There may be more, and its turn is over.
        case unfinished
        case over
    }

    /// Asks for more, and sends, as long as there is something, the kernel takes it, and `readsLeft` is not used up.
    private func advance(_ buffer: UnsafeMutableRawBufferPointer, _ readsLeft: inout Int) -> Progress {
        var outcome = unsent.send(to: descriptor)
        while let service {
            switch outcome {
            case .sent: break
            case .blocked:
                noteSent()
                isBlocked = true
                return .idle
            case .broken:
                cut()
                return .over
            }
            switch service.content {
            case .answer(_, isLast: false):
                giveBack()
                return .over
            case .answer(_, isLast: true), .ending:
                end()
                return .over
            case .request, .opening, .stream: break
            }
            guard readsLeft > 0 else { return .unfinished }
            readsLeft -= 1
            switch service.content {
            case .request(let exchange, let responder):
                switch responder.step(exchange) {
                case .park: return .idle
                case .close: cut()
                case .stream(let response): self.service?.content = .opening(response)
                case .respond(let response):
                    let isLast = isLast(exchange, response)
                    self.service?.content = .answer(responder, isLast: isLast)
                    outcome = unsent.send(response.bytes(date: thread.date, isLast: isLast), to: descriptor)
                }
            case .opening(let response):
                self.service?.content = .stream(response.stream)
                outcome = unsent.send(head(of: response), to: descriptor)
                noteSent()
            case .stream(let stream):
                switch stream.read(into: Chunk.content(of: buffer)) {
                case .wrote(let count):
                    outcome = unsent.send(Chunk.close(buffer, count: count), to: descriptor)
                    noteSent()
                case .waiting: return .idle
                case .end:
                    self.service?.content = .ending(stream)
                    outcome = unsent.send(Chunk.last, to: descriptor)
                case .abort: cut()
                }
            case .answer, .ending: break
            }
        }
        return .over
    }

    private func isLast(_ exchange: Exchange, _ response: Response) -> Bool {
        exchange.isClosing || exchange.request.isClosing || response.isClosing
            || service.map { !$0.connection.core.isKeepingConnections } ?? true
    }

    private func head(of response: StreamResponse) -> [UInt8] {
        AnswerHead(response.status, date: thread.date, isLast: true, response.headers, framing: .chunked).bytes
    }

    /// From now on it is looked at whether what was sent arrives.
    private func noteSent() {
        guard !isChecked else { return }
        isChecked = true
        thread.check(self)
    }

    // MARK: the end

    /// All was sent, and the client may ask again.
    private func giveBack() {
        let now = MonotonicInstant.now
        guard let service = leave() else { return }
        service.connection.giveBack(
            ReturningClient(detached: self, before: service.connection, consumedByteCount: consumedByteCount, since: now))
    }

    /// All was sent.
    private func end() {
        Glibc.shutdown(descriptor, Int32(SHUT_WR))
        // Closed with unread input, the kernel would throw away what of the answer the client has not read.
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
        guard let service = leave() else { return }
        Glibc.close(descriptor)
        service.connection.core.registry.remove(service.connection)
        service.connection.core.crowding.relieve()
    }

    /// Ends the service; the socket is left.
    private func leave() -> Service? {
        guard let service else { return nil }
        self.service = nil
        phase.close()
        unsent = UnsentBytes([])
        thread.release(self)
        switch service.content {
        case .request(_, let responder), .answer(let responder, _): responder.ended()
        case .opening(let response): response.stream.ended()
        case .stream(let stream), .ending(let stream): stream.ended()
        }
        return service
    }
}
