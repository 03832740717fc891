import Threads

/// The connections of a run and the one thread that serves them: whatever they bring is handed to a `Load`.
struct Engine: ~Copyable {
    var poller: Poller
    var links: [Link]
    /// The beginnings of heads that are not complete.
    var leftovers: [Int: [UInt8]] = [:]
    /// What the sockets did not take yet.
    var unsent: [Int: [UInt8]] = [:]
    private let address: ServerAddress
    private let stop: EventDescriptor
    private var spareBuffer = [UInt8](repeating: 0, count: 1 << 17)
    /// Connections to be made again, each at its time.
    private var retries: [(link: Int, at: Int64)] = []
    /// Connections that failed at once, of which the load is not told yet.
    private var stillborn: [Int] = []

    /// When the bytes that are being handed over were read, in nanoseconds; taken anew after each read.
    var now = MonotonicInstant.now.nanoseconds
    var faults = Faults()
    /// Connections under way.
    var connectingCount = 0
    /// Whether any connection has ever stood.
    var hasConnected = false
    /// Somebody has asked for the end.
    private(set) var isStopping = false

    /// - Parameter stop: once signalled, `isStopping`.
    init(to target: Target, linkCount: Int, stop: EventDescriptor) throws(BenchError) {
        let address = try ServerAddress(host: target.host, port: target.port)
        let poller = try Poller(watching: stop)
        self.address = address
        self.stop = stop
        self.poller = poller
        links = Array(repeating: Link(), count: linkCount)
    }

    deinit {
        for link in links { link.socket?.close() }
    }

    func isOpen(_ link: Int) -> Bool { links[link].phase == .open }

    /// Begins to connect; `opened` or `closed` follows.
    mutating func connect(_ link: Int) {
        do throws(SystemError) {
            let socket = try TCPSocket(connectingTo: address, number: link)
            links[link] = Link(socket: socket)
            links[link].phase = .connecting
            connectingCount += 1
            try poller.add(socket.descriptor, link: link, isWriting: true)
        } catch {
            faults.addConnectFailure("\(error)")
            stillborn.append(link)
        }
    }

    /// Makes a connection again that has ended, in a moment: a server that is gone is not to be flooded.
    mutating func reconnect(_ link: Int) {
        retries.append((link, now + 100_000_000))
    }

    /// Ends a connection; nobody is told.
    mutating func close(_ link: Int) {
        guard let socket = links[link].socket else { return }
        if links[link].phase == .connecting { connectingCount -= 1 }
        socket.close()
        links[link] = Link()
        leftovers[link] = nil
        unsent[link] = nil
    }

    /// Sleeps until something comes, or until `deadline`, and hands over what has come.
    mutating func step(until deadline: Int64, _ load: inout some Load) {
        let count = poller.wait(until: retries.first.map { min($0.at, deadline) } ?? deadline)
        now = MonotonicInstant.now.nanoseconds
        var buffer: [UInt8] = []
        swap(&buffer, &spareBuffer)
        for index in 0..<count { serve(poller[index], &buffer, &load) }
        swap(&buffer, &spareBuffer)
        while let first = retries.first, first.at <= now {
            retries.removeFirst()
            connect(first.link)
        }
        while let link = stillborn.popLast() {
            close(link)
            load.closed(link, &self)
        }
    }

    private mutating func serve(_ readiness: Poller.Readiness, _ buffer: inout [UInt8], _ load: inout some Load) {
        let link = readiness.link
        guard link >= 0 else {
            isStopping = true
            stop.drain()
            return
        }
        switch links[link].phase {
        case .closed: break
        case .connecting: finishConnecting(link, &load)
        case .open:
            if links[link].hasUnsent, readiness.isWritable { sendRest(link) }
            if readiness.isReadable { receive(link, &buffer, &load) }
        }
    }
}
