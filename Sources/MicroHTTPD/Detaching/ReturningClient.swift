import CMicroHTTPD
import Glibc
import Threads

/// A client on its way back to libmicrohttpd, after an answer.
struct ReturningClient: Sendable {
    /// What has served it.
    let detached: DetachedClient
    /// The connection that it had with libmicrohttpd before.
    let before: Connection
    /// The bytes of all its requests so far.
    let consumedByteCount: UInt64
    /// When it had its answer.
    let since: MonotonicInstant

    /// Has the daemon serve it, and owns the socket no more. On the daemon's thread, which is told of the new connection before this
    /// returns.
    func join(_ daemon: OpaquePointer) {
        if !daemon.add(detached.descriptor) {
            // The daemon is at a limit of its own, and has closed the socket.
            before.core.registry.remove(before)
        }
        before.core.crowding.relieve()
    }
}

extension OpaquePointer {
    /// Has a daemon serve a connected socket, and close it, also if it does not take it.
    ///
    /// Corresponds to `MHD_add_connection`: on the daemon's own thread, it is done when it returns. The address of the client, which
    /// nobody asks for, is left out.
    ///
    /// - Returns: false if it was not taken.
    @discardableResult
    func add(_ socket: Int32) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                MHD_add_connection(self, socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == .YES
            }
        }
    }
}
