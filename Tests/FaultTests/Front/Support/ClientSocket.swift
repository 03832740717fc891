import Glibc
import Threads

/// The few calls of a crowd's sockets; all to 127.0.0.1.
enum ClientSocket {
    /// Connects, or begins to.
    ///
    /// - Parameter isBlocking: else the socket is writable as soon as it is connected, or has failed to be.
    static func connect(to port: UInt16, isBlocking: Bool = true) throws(SystemError) -> Int32 {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (isBlocking ? 0 : SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, Int32(kind), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 || errno == EINPROGRESS else {
            let error = SystemError("connect to \(port)")
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    /// - Parameter isReset: what a crowd leaves behind in the kernel would otherwise fill its tables.
    static func close(_ descriptor: Int32, byReset isReset: Bool) {
        var option = linger(l_onoff: isReset ? 1 : 0, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(descriptor)
    }

    /// What the kernel takes at once; nothing if the peer has gone.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> Int {
        max(
            0,
            bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            })
    }

    /// What the kernel has; empty at the end, `nil` when there is nothing yet.
    static func receive(from descriptor: Int32) -> [UInt8]? {
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN { return nil }
            return Array(buffer[..<max(0, count)])
        }
    }
}
