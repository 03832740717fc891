import Glibc
import TestSupport
import Threads

/// A socket that listens on a free port of 127.0.0.1, with a thread that takes connections.
final class ListeningSocket: Sendable {
    let port: UInt16
    private let descriptor: Int32

    /// - Parameter accepted: given each connection; owns its descriptor from then on. Must not block.
    init(_ accepted: @escaping @Sendable (Int32) -> Void) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        var length = socklen_t(MemoryLayout.size(ofValue: address))
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, pointer, length) == 0 && listen(descriptor, 128) == 0
                && getsockname(descriptor, pointer, &length) == 0
        }
        guard isBound else {
            close(descriptor)
            throw SystemError("bind")
        }
        port = UInt16(bigEndian: address.sin_port)
        self.descriptor = descriptor
        _ = NamedThread("accept") {
            while true {
                // Programs of the tests inherit no descriptor, so it needs no flag.
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { break }
                accepted(connection)
            }
            close(descriptor)
        }
    }

    deinit {
        // Ends the thread's wait; the thread closes it.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
