import Glibc
import Threads

/// A TCP socket that listens, made by ourselves so that accepted connections inherit its options.
///
/// Keepalive and TCP_NODELAY are set. Not TCP_USER_TIMEOUT: it would end a reader that merely pauses.
package final class ListenSocket: Sendable {
    package let descriptor: Int32
    /// The port, also when it was the kernel's choice.
    package let port: UInt16

    /// Binds and listens.
    ///
    /// - Parameter address: `host:port`; the host is an IPv4 address, an IPv6 address in brackets, or a name; port 0 lets the
    ///   kernel choose one.
    /// - Throws: `ListenError` with a sentence that names the address.
    package init(_ address: String) throws(ListenError) {
        let parsed = try ListenAddress(address)
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(parsed.host, String(parsed.port), &hints, &found)
        guard result == 0, let found else {
            throw ListenError("cannot listen on \(address): \(String(cString: gai_strerror(result)))")
        }
        defer { freeaddrinfo(found) }
        descriptor = try Self.listen(on: found.pointee, address)
        port = Self.boundPort(of: descriptor)
    }

    deinit { close(descriptor) }

    private static func listen(on info: addrinfo, _ address: String) throws(ListenError) -> Int32 {
        let descriptor = socket(
            info.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw ListenError("cannot listen on \(address): \(SystemError("socket"))") }
        for (level, option) in [
            (SOL_SOCKET, SO_REUSEADDR), (SOL_SOCKET, SO_KEEPALIVE), (Int32(IPPROTO_TCP), TCP_NODELAY),
        ] {
            var one: Int32 = 1
            setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, Glibc.listen(descriptor, 4096) == 0 else {
            let code = errno
            close(descriptor)
            throw ListenError("cannot listen on \(address): \(reason(code))")
        }
        return descriptor
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case EADDRINUSE: "another program listens there already (address in use)"
        case EADDRNOTAVAIL: "this machine has no such address"
        case EACCES: "ports below 1024 need a privilege"
        default: String(cString: strerror(code))
        }
    }

    private static func boundPort(of descriptor: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
            // The port lies at the same place in sockaddr_in and sockaddr_in6.
            return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
        }
    }
}
