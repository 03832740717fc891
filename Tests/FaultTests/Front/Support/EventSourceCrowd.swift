import Glibc
import Threads

/// Many `EventSource`s, driven by one thread.
final class EventSourceCrowd {
    private(set) var sources: [EventSource]
    private var polled: [pollfd]
    private let port: UInt16

    init(_ count: Int, port: UInt16, channel: (_ index: Int) -> String) {
        self.port = port
        sources = (0..<count).map { EventSource(channel: channel($0)) }
        polled = [pollfd](repeating: pollfd(fd: -1, events: 0, revents: 0), count: count)
    }

    deinit { leave() }

    /// Lets them connect, read and come back, until `condition` holds.
    ///
    /// - Returns: false when the time was over first.
    func run(within duration: Duration, until condition: (EventSourceCrowd) -> Bool) throws -> Bool {
        let deadline = MonotonicInstant.now + duration
        while !condition(self) {
            guard MonotonicInstant.now < deadline else { return false }
            connectThoseDue()
            guard poll(&polled, nfds_t(polled.count), 10) > 0 else { continue }
            for index in polled.indices where polled[index].revents != 0 { try turn(index) }
        }
        return true
    }

    /// All leave.
    func leave() {
        for index in polled.indices { close(index) }
    }

    private func connectThoseDue() {
        let now = MonotonicInstant.now
        for index in sources.indices {
            guard case .waiting(let instant) = sources[index].phase, instant <= now else { continue }
            do throws(SystemError) {
                let descriptor = try ClientSocket.connect(to: port, isBlocking: false)
                polled[index] = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                sources[index].connect()
            } catch {
                sources[index].cut()
            }
        }
    }

    private func turn(_ index: Int) throws {
        let descriptor = polled[index].fd
        if Int32(polled[index].events) == POLLOUT {
            polled[index].events = Int16(POLLIN)
            if Int32(polled[index].revents) == POLLOUT {
                _ = ClientSocket.send(sources[index].request, to: descriptor)
                return
            }
        }
        guard let bytes = ClientSocket.receive(from: descriptor) else { return }
        if !bytes.isEmpty { try sources[index].take(bytes) }
        if case .givenUp = sources[index].phase { return close(index) }
        guard bytes.isEmpty else { return }
        close(index)
        sources[index].cut()
    }

    private func close(_ index: Int) {
        if polled[index].fd >= 0 { ClientSocket.close(polled[index].fd, byReset: true) }
        polled[index].fd = -1
    }
}
