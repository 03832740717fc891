import CLinux
import Glibc

/// A socket on which clients arrive, as far as they are taken from it. Corresponds to `accept4(2)`.
package enum ListeningSocket {
    /// Takes the next client.
    ///
    /// - Parameter socket: one that does not block.
    /// - Returns: the client's socket, which does not block and is closed in programs that the process becomes.
    /// - Throws: the system's error; `EAGAIN` if there is no client.
    package static func accept(_ socket: Int32) throws(SystemError) -> Int32 {
        let client = accept4(socket, nil, nil, Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue))
        guard client >= 0 else { throw SystemError("accept4") }
        return client
    }
}
