import Glibc
import Threads

/// A TCP connection that never blocks. Its owner closes it.
struct TCPSocket {
    /// What became of a read or a write.
    enum Transfer {
        case bytes(Int)
        /// Nothing can be read or written just now.
        case notYet
        /// The peer has closed, or the connection is broken.
        case ended
    }

    let descriptor: Int32

    /// Begins to connect; it is connected, or has failed, when it is writable.
    ///
    /// - Parameter number: spreads many connections over the source addresses there are.
    /// - Throws: `SystemError` when it fails at once.
    init(connectingTo address: ServerAddress, number: Int) throws(SystemError) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        do throws(SystemError) {
            try set(Int32(IPPROTO_TCP), TCP_NODELAY)
            if var source = address.source(number) {
                // The port is chosen when it connects: then it need be free towards that server only.
                try set(Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT)
                let bound = withUnsafeBytes(of: &source) {
                    bind(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
                }
                guard bound == 0 else { throw SystemError("bind") }
            }
            guard address.connect(descriptor) == 0 || errno == EINPROGRESS else { throw SystemError("connect") }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    /// Why connecting has failed, in the system's words; `nil` if it has not.
    func connectFailure() -> SystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return SystemError("getsockopt") }
        guard code != 0 else { return nil }
        errno = code
        return SystemError("connect")
    }

    /// Writes as much as the kernel takes.
    func send(_ bytes: Span<UInt8>) -> Transfer {
        let count = bytes.withUnsafeBufferPointer {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return outcome(of: count)
    }

    /// Reads what there is into `buffer` from `offset` on, as far as it goes.
    func receive(into buffer: inout [UInt8], at offset: Int) -> Transfer {
        let count = buffer.withUnsafeMutableBytes { bytes in
            recv(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset, 0)
        }
        return count == 0 ? .ended : outcome(of: count)
    }

    /// Ends the connection.
    func close() {
        Glibc.close(descriptor)
    }

    private func outcome(of count: Int) -> Transfer {
        if count >= 0 { return .bytes(count) }
        return errno == EAGAIN || errno == EINTR ? .notYet : .ended
    }

    private func set(_ level: Int32, _ option: Int32) throws(SystemError) {
        var one: Int32 = 1
        guard setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw SystemError("setsockopt")
        }
    }
}
