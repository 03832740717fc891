import Glibc
import Threads

/// Polls until `condition` holds.
///
/// - Returns: false when it did not within `timeout`.
func eventually(within timeout: Duration = .seconds(10), _ condition: () -> Bool) -> Bool {
    let deadline = MonotonicInstant.now + timeout
    while !condition() {
        if MonotonicInstant.now > deadline { return false }
        usleep(1_000)
    }
    return true
}

/// How long `body` takes.
func elapsed(_ body: () throws -> Void) rethrows -> Duration {
    let start = MonotonicInstant.now
    try body()
    return MonotonicInstant.now - start
}

/// The number of this process's sockets that are bound to a port: other tests of the process do not count.
func socketCount(boundTo port: UInt16) -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard let descriptor = Int32(name) else { continue }
        let result = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        if result == 0, address.sin_family == sa_family_t(AF_INET), UInt16(bigEndian: address.sin_port) == port { count += 1 }
    }
    return count
}
