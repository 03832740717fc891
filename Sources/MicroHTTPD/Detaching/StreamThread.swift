import Threads

/// One thread that serves detached streams, on epoll over their sockets and one eventfd.
final class StreamThread: @unchecked Sendable {
    // Sendable: `queue` and `thread` are locked; what is not constant else belongs to the thread.
    /// Bytes of the buffer that all streams of the thread share; what one client does not take of it is kept for it.
    private static let bufferByteCount = 32 * 1024

    private struct Queue {
        var streams: [DetachedStream] = []
        var isStopping = false
    }

    private let events: EventSet
    private let wakeUp: EventDescriptor
    private let stall: Duration
    private let checkInterval: Duration
    private let queue = Locked(Queue())
    private let thread = Locked<NamedThread?>(nil)
    /// Those of whose bytes not all were acknowledged when they were last looked at.
    private var checked: [DetachedStream] = []
    private var nextCheck: MonotonicInstant?

    /// Starts the thread.
    ///
    /// - Throws: `SystemError` when the process has no descriptors left.
    init(number: Int, stall: Duration, checkInterval: Duration) throws(SystemError) {
        self.stall = stall
        self.checkInterval = checkInterval
        wakeUp = try EventDescriptor()
        events = try EventSet()
        try events.add(wakeUp.descriptor, .readable, token: 0)
        let thread = NamedThread("streams \(number)") { [self] in run() }
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread. No stream may be left.
    func stop() {
        queue.withLock { $0.isStopping = true }
        wakeUp.signal()
        thread.withLock { $0 }?.join()
    }

    // MARK: for any thread

    /// Takes over a stream; it runs soon, and is kept until it is released.
    ///
    /// - Throws: `SystemError` if it cannot be watched.
    func adopt(_ stream: DetachedStream) throws(SystemError) {
        let own = Unmanaged.passRetained(stream)
        do throws(SystemError) {
            try events.add(stream.descriptor, [.gone, .writable, .onceEach], token: UInt(bitPattern: own.toOpaque()))
        } catch {
            own.release()
            throw error
        }
    }

    /// Has a stream run that says it is queued.
    func enqueue(_ stream: DetachedStream) {
        let isFirst = queue.withLock { queue in
            // Over already, and nobody would let go of it.
            if queue.isStopping { return false }
            defer { queue.streams.append(stream) }
            return queue.streams.isEmpty
        }
        if isFirst { wakeUp.signal() }
    }

    // MARK: on the thread

    /// Forgets a stream that is over, before its descriptor is closed.
    func release(_ stream: DetachedStream) {
        // To close it would not do: libmicrohttpd's own may be open for a moment longer.
        events.remove(stream.descriptor)
        Unmanaged.passUnretained(stream).release()
    }

    /// Has a stream looked at from time to time, until all that it has sent has arrived.
    func check(_ stream: DetachedStream) {
        checked.append(stream)
        if nextCheck == nil { nextCheck = .now + checkInterval }
    }

    private func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferByteCount, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            events.wait(until: nextCheck) { token, events in
                guard let own = UnsafeRawPointer(bitPattern: token) else { return wakeUp.drain() }
                // Each stream comes once in a turn, and never after its release.
                Unmanaged<DetachedStream>.fromOpaque(own).takeUnretainedValue().handle(events, buffer)
            }
            let (streams, isStopping) = queue.withLock { queue in
                defer { queue.streams = [] }
                return (queue.streams, queue.isStopping)
            }
            for stream in streams { stream.run(buffer) }
            checkWhatIsDue()
            if isStopping { break }
        }
        // All are over, but they know this thread, and it would not let go of them.
        checked = []
    }

    private func checkWhatIsDue() {
        guard let due = nextCheck, due <= .now else { return }
        let now = MonotonicInstant.now
        let streams = checked
        checked = []
        checked = streams.filter { $0.check(now, stall: stall) }
        nextCheck = checked.isEmpty ? nil : now + checkInterval
    }
}
