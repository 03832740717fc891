import CMicroHTTPD
import Glibc

/// A connection without a client, for one worker: it ends as soon as it is there.
struct PasserBy {
    private let descriptor: Int32

    /// - Returns: `nil` without descriptors.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else { return nil }
        close(ends[1])
        descriptor = ends[0]
    }

    /// Gives it to the daemon, which closes it. On the daemon's thread.
    func join(_ daemon: OpaquePointer) {
        // If it is refused, the daemon is at a limit of its own, and will look again by itself.
        _ = daemon.add(descriptor)
    }
}
