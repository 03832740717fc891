import Glibc
import Threads

/// One thread that serves detached clients, on epoll over their sockets and one eventfd.
final class DetachedThread: @unchecked Sendable {
    // Sendable: `queue` and `thread` are locked; what is not constant else belongs to the thread.
    /// Bytes of the buffer that all clients of the thread share; what one client does not take of it is kept for it.
    private static let bufferByteCount = 32 * 1024

    private struct Queue {
        var clients: [DetachedClient] = []
        var isStopping = false
    }

    private let events: EventSet
    private let wakeUp: EventDescriptor
    private let stall: Duration
    private let checkInterval: Duration
    private let queue = Locked(Queue())
    private let thread = Locked<NamedThread?>(nil)
    /// Those of whose bytes not all were acknowledged when they were last looked at.
    private var checked: [DetachedClient] = []
    private var nextCheck: MonotonicInstant?
    private var httpDate = HTTPDate()

    /// Starts the thread.
    ///
    /// - Throws: `SystemError` when the process has no descriptors left.
    init(number: Int, stall: Duration, checkInterval: Duration) throws(SystemError) {
        self.stall = stall
        self.checkInterval = checkInterval
        wakeUp = try EventDescriptor()
        events = try EventSet()
        try events.add(wakeUp.descriptor, .readable, token: 0)
        let thread = NamedThread("held \(number)") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread. No client may be left.
    func stop() {
        queue.withLock { $0.isStopping = true }
        wakeUp.signal()
        thread.withLock { $0 }?.join()
    }

    // MARK: for any thread

    /// Takes over a client; it runs soon, and is kept until it is released.
    ///
    /// - Throws: `SystemError` if it cannot be watched.
    func adopt(_ client: DetachedClient) throws(SystemError) {
        let own = Unmanaged.passRetained(client)
        do throws(SystemError) {
            try events.add(client.descriptor, [.gone, .writable, .onceEach], token: UInt(bitPattern: own.toOpaque()))
        } catch {
            own.release()
            throw error
        }
    }

    /// Has a client run that says it is queued.
    func enqueue(_ client: DetachedClient) {
        let isFirst = queue.withLock { queue in
            // Over already, and nobody would let go of it.
            if queue.isStopping { return false }
            defer { queue.clients.append(client) }
            return queue.clients.isEmpty
        }
        if isFirst { wakeUp.signal() }
    }

    // MARK: on the thread

    /// Forgets a client that is over, before its descriptor is closed or given back.
    func release(_ client: DetachedClient) {
        // To close it would not do: libmicrohttpd's own may be open for a moment longer.
        events.remove(client.descriptor)
        Unmanaged.passUnretained(client).release()
    }

    /// Has a client looked at from time to time, until all that was sent to it has arrived.
    func check(_ client: DetachedClient) {
        checked.append(client)
        if nextCheck == nil { nextCheck = .now + checkInterval }
    }

    /// The present for a head of an answer.
    var date: String { httpDate.text(at: time(nil)) }

    private func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferByteCount, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            events.wait(until: nextCheck) { token, events in
                guard let own = UnsafeRawPointer(bitPattern: token) else { return wakeUp.drain() }
                // Each client comes once in a turn, and never after its release.
                Unmanaged<DetachedClient>.fromOpaque(own).takeUnretainedValue().handle(events, buffer)
            }
            let (clients, isStopping) = queue.withLock { queue in
                defer { queue.clients = [] }
                return (queue.clients, queue.isStopping)
            }
            for client in clients { client.run(buffer) }
            checkWhatIsDue()
            if isStopping { break }
        }
        // All are over, but they know this thread, and it would not let go of them.
        checked = []
    }

    private func checkWhatIsDue() {
        guard let due = nextCheck, due <= .now else { return }
        let now = MonotonicInstant.now
        let clients = checked
        checked = []
        checked = clients.filter { $0.check(now, stall: stall) }
        nextCheck = checked.isEmpty ? nil : now + checkInterval
    }
}
