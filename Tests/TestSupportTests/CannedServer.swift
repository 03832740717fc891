import Foundation
import Glibc
import TestSupport
import Threads

/// A server that reads one request head on each connection and sends the same bytes to everybody.
final class CannedServer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    /// Listens on a port of 127.0.0.1 until it is closed with the last reference.
    init(_ answer: String) throws {
        port = try RawConnection.unusedPort()
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let isBound = withUnsafeBytes(of: &address) {
            bind(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
        }
        guard isBound, listen(descriptor, 16) == 0 else { throw SystemError("bind") }
        Thread.detachNewThread {
            while true {
                let peer = accept(descriptor, nil, nil)
                // The listening socket was shut down.
                guard peer >= 0 else { break }
                var buffer = [UInt8](repeating: 0, count: 4_096)
                _ = recv(peer, &buffer, buffer.count, 0)
                let bytes = Array(answer.utf8)
                _ = send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                close(peer)
            }
            close(descriptor)
        }
    }

    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
