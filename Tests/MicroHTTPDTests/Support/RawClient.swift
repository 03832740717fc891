import Glibc

/// A TCP client that sends and receives bytes as they are: nothing is added, nothing understood too early.
final class RawClient {
    let descriptor: Int32

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter receiveBufferByteCount: a small one makes the server's writes block early.
    init(port: UInt16, receiveBufferByteCount: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var receiveBufferByteCount {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBufferByteCount, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // Closed by `deinit`, which runs also when a complete object is not handed out.
        guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
        setReceiveTimeout(seconds: 10)
    }

    deinit { close(descriptor) }

    func setReceiveTimeout(seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends all of it.
    ///
    /// - Returns: the number of bytes that the server took before it closed.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return sent }
            sent += count
        }
        return sent
    }

    @discardableResult
    func send(_ text: String) -> Int { send(Array(text.utf8)) }

    /// No more from this side; the other one stays open.
    func halfClose() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes with a reset instead of a FIN.
    func setResetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// The next bytes; empty when the server has closed.
    func receive(max: Int = 64 * 1024) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max)
        let count = recv(descriptor, &bytes, max, 0)
        guard count >= 0 else { throw Failure(description: "recv: \(String(cString: strerror(errno)))") }
        return Array(bytes.prefix(count))
    }

    /// Everything until the server closes.
    func receiveAll() throws -> String {
        var all: [UInt8] = []
        while true {
            let bytes = try receive()
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    /// Everything up to and with `mark`.
    func receive(until mark: String) throws -> String {
        let wanted = Array(mark.utf8)
        var all: [UInt8] = []
        while !(all.count >= wanted.count && all.suffix(wanted.count).elementsEqual(wanted)) {
            let byte = try receive(max: 1)
            guard !byte.isEmpty else {
                throw Failure(description: "closed after \"\(String(decoding: all, as: UTF8.self))\", before \"\(mark)\"")
            }
            all += byte
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// One answer with a Content-Length, or without a body.
    func receiveAnswer(hasBody: Bool = true) throws -> RawAnswer {
        let head = try receive(until: "\r\n\r\n")
        var answer = RawAnswer(head: head)
        if hasBody, let count = answer.field("content-length").flatMap({ Int($0) }) {
            var body: [UInt8] = []
            while body.count < count {
                let bytes = try receive(max: count - body.count)
                guard !bytes.isEmpty else { throw Failure(description: "closed inside the body") }
                body += bytes
            }
            answer.body = String(decoding: body, as: UTF8.self)
        }
        return answer
    }

    /// Sends a request and waits for its answer.
    func exchange(_ request: String) throws -> RawAnswer {
        send(request)
        return try receiveAnswer()
    }
}
