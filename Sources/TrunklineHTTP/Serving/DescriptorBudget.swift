import Glibc

/// How the process's file descriptors are shared out, so that clients never take those that PostgreSQL needs.
struct DescriptorBudget: Equatable {
    /// Kept for the database's connections, name lookups, epoll and logs.
    static let reserve = 64
    /// Connections beyond the held ones, so that posts, health checks and refusals still get in: at the least, and as a share.
    static let sparedMin = 16
    static let sparedShare = 50

    /// The limit of libmicrohttpd, at which clients would hang; never to be reached.
    let connectionsMax: Int
    /// The most requests that are held.
    let heldMax: Int

    /// - Parameters:
    ///   - descriptorLimit: of the process.
    ///   - heldMax: what the operator wants; no more than the limit allows.
    init(descriptorLimit: Int, heldMax wanted: Int?) {
        connectionsMax = max(Self.sparedMin + 1, descriptorLimit - Self.reserve)
        let most = connectionsMax - max(Self.sparedMin, connectionsMax / Self.sparedShare)
        heldMax = min(wanted ?? most, most)
    }

    /// The soft limit of this process. Corresponds to `getrlimit(RLIMIT_NOFILE)`.
    static var descriptorLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
        return Int(clamping: limit.rlim_cur)
    }
}
