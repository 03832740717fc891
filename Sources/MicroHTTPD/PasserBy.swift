import CMicroHTTPD
import Glibc

/// A connection without a client, for one worker of a daemon: it ends as soon as it is there.
struct PasserBy {
    private let descriptor: Int32

    /// - Parameters:
    ///   - worker: the number of the worker that is to get it: libmicrohttpd goes by the number of the descriptor.
    /// - Returns: `nil` without descriptors.
    init?(worker: Int, of workers: Int) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else { return nil }
        defer { for end in ends { close(end) } }
        var own = fcntl(ends[0], F_DUPFD_CLOEXEC, 0)
        while own >= 0, Int(own) % workers != worker {
            let next = fcntl(ends[0], F_DUPFD_CLOEXEC, own + 1)
            close(own)
            own = next
        }
        guard own >= 0 else { return nil }
        descriptor = own
    }

    /// Gives it to the daemon, which closes it.
    func join(_ daemon: OpaquePointer) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // If it is refused, the daemon is at a limit of its own, and will look again by itself.
                _ = MHD_add_connection(daemon, descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
