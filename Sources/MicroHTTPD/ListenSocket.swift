import CMicroHTTPD
import Glibc
import Threads

/// A TCP socket that listens, made by ourselves so that accepted connections inherit its options.
///
/// TCP_NODELAY and keepalive are set; the kernel's own keepalive would take two hours to notice that a client has vanished. Not TCP_USER_TIMEOUT: it would end a reader that merely pauses.
package final class ListenSocket: Sendable {
    package let descriptor: Int32
    /// The port, also when it was the kernel's choice.
    package let port: UInt16

    /// Binds and listens.
    ///
    /// - Parameters:
    ///   - address: `host:port`; the host is an IPv4 address, an IPv6 address in brackets, or a name; port 0 lets the kernel
    ///     choose one.
    ///   - keepAlive: how long after a client has vanished without a word its quiet connection ends; whole seconds, at least 6.
    /// - Throws: `ListenError` with a sentence that names the address.
    package init(_ address: String, keepAlive: Duration = .seconds(120)) throws(ListenError) {
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
        descriptor = try Self.listen(on: found.pointee, address, keepAlive: keepAlive)
        port = Self.boundPort(of: descriptor)
    }

    deinit { close(descriptor) }

    private static func listen(
        on info: addrinfo, _ address: String, keepAlive: Duration
    ) throws(ListenError) -> Int32 {
        let descriptor = socket(
            info.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw ListenError("cannot listen on \(address): \(SystemError("socket"))") }
        // Half of the time quiet, the other half in five probes.
        let seconds = min(max(6, keepAlive.components.seconds), 32_767)
        let probeCount: Int64 = 5
        let interval = max(1, seconds / (2 * probeCount))
        let tcp = Int32(IPPROTO_TCP)
        for (level, option, value) in [
            (SOL_SOCKET, SO_REUSEADDR, 1), (SOL_SOCKET, SO_KEEPALIVE, 1), (tcp, TCP_NODELAY, 1),
            (tcp, TCP_KEEPIDLE, seconds - probeCount * interval), (tcp, TCP_KEEPINTVL, interval),
            (tcp, TCP_KEEPCNT, probeCount),
        ] {
            var value = Int32(value)
            setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
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
