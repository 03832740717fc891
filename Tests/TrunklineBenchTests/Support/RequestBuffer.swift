import Glibc

/// The requests of one connection, read one after the other.
struct RequestBuffer {
    struct Request {
        let path: String
        let channel: String
        let body: String
    }

    private let peer: Int32
    private var unread = ""

    init(_ peer: Int32) {
        self.peer = peer
    }

    /// `nil` when the peer has closed.
    mutating func next() -> Request? {
        while true {
            if let end = unread.firstRange(of: "\r\n\r\n") {
                let head = unread[..<end.lowerBound]
                let length = head.firstMatch(of: #/Content-Length: ([0-9]+)/#).flatMap { Int($0.1) } ?? 0
                let rest = unread[end.upperBound...]
                if rest.utf8.count >= length {
                    let target = head.split(separator: " ")[1]
                    let channel = target.firstMatch(of: #/channel=([^&]*)/#).map { String($0.1) } ?? ""
                    defer { unread = String(rest.dropFirst(length)) }
                    return Request(
                        path: String(target.prefix { $0 != "?" }), channel: channel, body: String(rest.prefix(length)))
                }
            }
            var buffer = [UInt8](repeating: 0, count: 16_384)
            let count = recv(peer, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            unread += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }
}
