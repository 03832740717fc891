import Glibc
import Threads

/// A TCP client that sends any bytes whatever. Its calls block, none longer than the patience of the connection.
package final class RawConnection: Sendable {
    private let descriptor: Locked<Int32>
    private let unread = Locked<[UInt8]>([])
    private let patience: Duration

    /// Connects.
    ///
    /// - Parameters:
    ///   - host: an IPv4 address.
    ///   - patience: how long each call waits at the most, where nothing slows the tests down; see `Slowdown`.
    ///   - receiveBuffer: the bytes the kernel takes for us while we do not read; the kernel's choice if `nil`.
    package init(
        host: String = "127.0.0.1", port: UInt16, patience: Duration = .seconds(10), receiveBuffer: Int32? = nil
    ) throws {
        self.patience = patience * Slowdown.factor
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        self.descriptor = Locked(descriptor)
        // Before connecting: the window is announced then.
        if let receiveBuffer { try setOption(SO_RCVBUF, receiveBuffer) }
        var address = Self.address(host: host, port: port)
        let result = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard result == 0 else { throw SystemError("connect to \(host):\(port)") }
    }

    deinit { close() }

    /// Sends all of `bytes`.
    package func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        let deadline = MonotonicInstant.now + patience
        while !rest.isEmpty {
            try wait(for: POLLOUT, until: deadline, "the peer takes more than \(bytes.count - rest.count) bytes")
            let count = rest.withUnsafeBytes {
                Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            guard count > 0 || errno == EAGAIN else { throw SystemError("send") }
            rest = rest.dropFirst(max(0, count))
        }
    }

    /// Sends text as UTF-8.
    package func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    /// Reads until the peer has closed, and returns all of it.
    package func readToEnd() throws -> [UInt8] {
        let deadline = MonotonicInstant.now + patience
        while try receive(until: deadline, "the peer closes") {}
        return unread.withLock { unread in
            defer { unread = [] }
            return unread
        }
    }

    /// Reads up to `mark` and returns what stands before it; the mark is dropped.
    package func read(through mark: String) throws -> [UInt8] {
        let mark = Array(mark.utf8)
        let deadline = MonotonicInstant.now + patience
        while true {
            let found = unread.withLock { unread -> [UInt8]? in
                guard let range = unread.firstRange(of: mark) else { return nil }
                defer { unread.removeSubrange(..<range.upperBound) }
                return Array(unread[..<range.lowerBound])
            }
            if let found { return found }
            let what = String(decoding: mark, as: UTF8.self).debugDescription
            guard try receive(until: deadline, "\(what) comes") else { throw endError("before \(what)") }
        }
    }

    /// Reads exactly so many bytes.
    package func read(count: Int) throws -> [UInt8] {
        let deadline = MonotonicInstant.now + patience
        while true {
            let found = unread.withLock { unread -> [UInt8]? in
                guard unread.count >= count else { return nil }
                defer { unread.removeFirst(count) }
                return Array(unread[..<count])
            }
            if let found { return found }
            guard try receive(until: deadline, "\(count) bytes come") else { throw endError("before \(count) bytes") }
        }
    }

    /// True when the peer has sent nothing that is not read and has not closed.
    package var isQuiet: Bool {
        var polled = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return unread.withLock(\.isEmpty) && poll(&polled, 1, 0) == 0
    }

    /// Says that nothing more will be sent, and goes on reading.
    package func closeSending() throws {
        guard shutdown(number, Int32(SHUT_WR)) == 0 else { throw SystemError("shutdown") }
    }

    /// Ends the connection with a reset.
    package func reset() throws {
        try setOption(SO_LINGER, linger(l_onoff: 1, l_linger: 0))
        close()
    }

    /// Ends the connection.
    package func close() {
        let number = descriptor.withLock { descriptor in
            defer { descriptor = -1 }
            return descriptor
        }
        if number >= 0 { Glibc.close(number) }
    }

    /// A port of 127.0.0.1 that nobody has at the moment.
    package static func unusedPort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        defer { Glibc.close(descriptor) }
        var address = address(host: "127.0.0.1", port: 0)
        var length = socklen_t(MemoryLayout.size(ofValue: address))
        let result = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
        }
        guard result else { throw SystemError("bind") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Takes what the socket holds, sleeping until it holds something; false at the end.
    private func receive(until deadline: MonotonicInstant, _ what: String) throws -> Bool {
        try wait(for: POLLIN, until: deadline, what)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(number, &buffer, buffer.count, 0)
        guard count >= 0 else { throw SystemError("recv") }
        unread.withLock { $0 += buffer[..<count] }
        return count > 0
    }

    private func wait(for event: Int32, until deadline: MonotonicInstant, _ what: String) throws {
        var polled = pollfd(fd: number, events: Int16(event), revents: 0)
        let milliseconds = (deadline - .now).nanoseconds / 1_000_000
        guard poll(&polled, 1, Int32(clamping: max(0, milliseconds))) > 0 else {
            let held = String(decoding: unread.withLock { $0 }, as: UTF8.self).debugDescription
            throw TestSupportError("waited in vain for \(patience) until \(what); unread: \(held)")
        }
    }

    private var number: Int32 { descriptor.withLock { $0 } }

    private func endError(_ place: String) -> TestSupportError {
        let held = String(decoding: unread.withLock { $0 }, as: UTF8.self).debugDescription
        return TestSupportError("the peer closed \(place); unread: \(held)")
    }

    private func setOption(_ name: Int32, _ value: some BitwiseCopyable) throws {
        let result = withUnsafeBytes(of: value) {
            setsockopt(number, SOL_SOCKET, name, $0.baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw SystemError("setsockopt") }
    }

    private static func address(host: String, port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }
}
