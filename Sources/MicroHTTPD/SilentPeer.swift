import CMicroHTTPD
import Glibc
import Threads

/// Ends the listening of a socket that libmicrohttpd still watches, so that its watching costs nothing.
///
/// `MHD_quiesce_daemon` cannot be used while connections come: it takes the socket out of a worker's epoll set while the worker
/// may be doing the same, and whoever comes second aborts the process ("Failed to remove listen FD from epoll set"; about one
/// drain under load in a thousand). A socket that is only shut down is reported to all workers without end, which is 100 % CPU.
/// One that is then connected to a peer that never says anything is never reported, and has no other effect.
final class SilentPeer: Sendable {
    private let descriptor: Int32

    /// Ends the listening of `listener`. The silence lasts as long as this object.
    ///
    /// - Throws: `SystemError` when it no longer listens, but is not silent.
    init(of listener: Int32) throws(SystemError) {
        shutdown(listener, Int32(SHUT_RDWR))
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        descriptor = try Self.loopback(listener, &address, &length)
        let result = Self.withAddress(&address) { connect(listener, $0, length) }
        // Through the loopback interface the connection is there almost at once, though it is reported as under way.
        var polled = pollfd(fd: listener, events: Int16(POLLOUT), revents: 0)
        guard result == 0 || errno == EINPROGRESS, poll(&polled, 1, 1_000) == 1, Int32(polled.revents) == POLLOUT else {
            throw SystemError("connect")
        }
    }

    deinit { close(descriptor) }

    /// A socket that listens on the loopback address of the same family.
    private static func loopback(
        _ listener: Int32, _ address: inout sockaddr_storage, _ length: inout socklen_t
    ) throws(SystemError) -> Int32 {
        guard withAddress(&address, { getsockname(listener, $0, &length) }) == 0 else { throw SystemError("getsockname") }
        let family = address.ss_family
        address = sockaddr_storage()
        withUnsafeMutableBytes(of: &address) { bytes in
            if family == sa_family_t(AF_INET6) {
                bytes.storeBytes(of: sockaddr_in6(), as: sockaddr_in6.self)
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_addr = in6addr_loopback
            } else {
                bytes.baseAddress?.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_addr.s_addr =
                    UInt32(INADDR_LOOPBACK).bigEndian
            }
        }
        address.ss_family = family
        let descriptor = socket(Int32(family), Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        guard withAddress(&address, { bind(descriptor, $0, length) }) == 0, listen(descriptor, 1) == 0,
            withAddress(&address, { getsockname(descriptor, $0, &length) }) == 0
        else {
            let error = SystemError("listen")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func withAddress<Result>(
        _ address: inout sockaddr_storage, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
}
