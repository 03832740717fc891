import Glibc
import Logging

/// How many descriptors the process may open: each held request takes one. Corresponds to `RLIMIT_NOFILE`.
enum DescriptorLimit {
    /// Raises the soft limit to the hard one. Where that is refused, the old limit goes on and the log says so.
    static func raise(_ logger: Logger) {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else {
            logger.warning("cannot read the limit of descriptors", metadata: ["errno": "\(errno)"])
            return
        }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(resource, &limit) == 0 else {
            logger.warning("cannot raise the limit of descriptors", metadata: ["errno": "\(errno)", "limit": "\(soft)"])
            return
        }
        logger.debug("descriptors", metadata: ["limit": "\(limit.rlim_cur)"])
    }
}
