import Glibc
import TestSupport
import Threads

/// Many connections to a server, driven by one thread: cheaper than as many `RawConnection`s, and each knows when it was
/// answered. Its calls belong to one thread.
final class Crowd {
    /// One of the connections.
    struct Member {
        fileprivate(set) var received: [UInt8] = []
        /// When the first byte was read.
        fileprivate(set) var answered: MonotonicInstant?
        /// When the server's end of the connection was noticed.
        fileprivate(set) var ended: MonotonicInstant?
        fileprivate(set) var sentByteCount = 0

        /// The status of the first answer; `nil` while there is none.
        var status: Int? {
            received.count >= 12 ? Int(String(decoding: received[9..<12], as: UTF8.self)) : nil
        }
    }

    private(set) var members: [Member] = []
    private var polled: [pollfd] = []
    private let port: UInt16

    init(port: UInt16) {
        self.port = port
    }

    deinit { leave() }

    /// Members that have neither left nor been cut off.
    var openCount: Int { polled.count { $0.fd >= 0 } }

    /// So many more connect, one after the other, and each sends its first bytes.
    func join(_ count: Int, sending bytes: (_ index: Int) -> [UInt8]) throws {
        for index in members.count..<members.count + count {
            let descriptor = try ClientSocket.connect(to: port)
            members.append(Member())
            polled.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            send(bytes(index), from: index)
        }
    }

    /// Sends what the kernel takes at once; to nobody if the server has ended the connection.
    func send(_ bytes: [UInt8], from index: Int) {
        guard polled[index].fd >= 0 else { return }
        members[index].sentByteCount += ClientSocket.send(bytes, to: polled[index].fd)
    }

    /// Reads what comes to any of them, until `condition` holds.
    ///
    /// - Returns: false when the time was over first.
    @discardableResult
    func read(within duration: Duration, until condition: (Crowd) -> Bool) throws -> Bool {
        let deadline = MonotonicInstant.now + duration
        while !condition(self) {
            guard MonotonicInstant.now < deadline else { return false }
            // Not longer, so that a condition on the time is asked again soon.
            guard poll(&polled, nfds_t(polled.count), 10) > 0 else { continue }
            for index in polled.indices where polled[index].revents != 0 { receive(index) }
        }
        return true
    }

    /// Forgets what they have received, to see what comes next.
    func forget() {
        for index in members.indices {
            members[index].received = []
            members[index].answered = nil
        }
    }

    /// One of them leaves.
    func leave(_ index: Int, byReset isReset: Bool = true) {
        guard polled[index].fd >= 0 else { return }
        ClientSocket.close(polled[index].fd, byReset: isReset)
        polled[index].fd = -1
    }

    /// All leave.
    func leave() {
        for index in polled.indices { leave(index) }
    }

    private func receive(_ index: Int) {
        guard let bytes = ClientSocket.receive(from: polled[index].fd) else { return }
        let now = MonotonicInstant.now
        guard !bytes.isEmpty else {
            members[index].ended = now
            return leave(index)
        }
        members[index].received += bytes
        members[index].answered = members[index].answered ?? now
    }
}
