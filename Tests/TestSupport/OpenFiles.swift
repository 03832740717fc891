import Glibc

/// The descriptors of the test process: a test of many clients needs more than many systems give at first.
package enum OpenFiles {
    private static let result = Result { try raise() }

    /// Raises the soft limit to the hard one. Corresponds to `setrlimit(RLIMIT_NOFILE)`.
    package static func allowMany() throws {
        try result.get()
    }

    private static func raise() throws {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { throw TestSupportError("getrlimit failed with \(errno)") }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(resource, &limit) == 0 else { throw TestSupportError("setrlimit failed with \(errno)") }
    }
}
