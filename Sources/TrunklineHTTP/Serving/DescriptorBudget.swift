import Glibc

/// How the process's file descriptors are shared out, so that clients never take those that PostgreSQL needs.
struct DescriptorBudget: Equatable {
    /// Kept for the database's connections, name lookups and logs.
    static let reserve = 64
    /// What each worker has: libmicrohttpd's epoll, and what wakes it.
    static let perWorker = 2
    /// What each thread for detached clients sleeps on.
    static let perDetachedThread = 2
    /// Kept for sockets that linger, and as many for those that are just being taken from libmicrohttpd: at the least,
    /// at the most, and as a share.
    static let sparesLeast = 2
    static let sparesMost = 512
    static let sparesShare = 32
    /// Connections beyond the held ones, so that posts, health checks and refusals still get in: at the least, and as a share.
    static let sparedMin = 16
    static let sparedShare = 50

    /// The limit of connections, at which clients would hang; never to be reached.
    let connectionsMax: Int
    /// The most requests that are held.
    let heldMax: Int
    /// See `DaemonConfiguration.sparesMax`.
    let sparesMax: Int

    /// - Parameters:
    ///   - descriptorLimit: of the process.
    ///   - workers: threads that serve requests.
    ///   - streamThreads: threads that serve streams.
    ///   - heldMax: what the operator wants; no more than the limit allows.
    init(descriptorLimit: Int, workers: Int, streamThreads: Int, heldMax wanted: Int?) {
        sparesMax = min(Self.sparesMost, max(Self.sparesLeast, descriptorLimit / Self.sparesShare))
        let threads = Self.perWorker * workers + Self.perDetachedThread * streamThreads
        let kept = Self.reserve + threads + 2 * sparesMax
        connectionsMax = max(Self.sparedMin + 1, descriptorLimit - kept)
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
