import Foundation
import Glibc
import TestSupport
import Threads

/// A web site: serves a page, takes what the page reports, and passes `/wait` on to the server, over connections that a test
/// can cut.
final class SiteProxy: Sendable {
    private struct State {
        var reports: [[UInt8]] = []
        var relayed: [Int32] = []
        var relayedCount = 0
        /// How many bytes of answers pass until the next cut; `nil` for no cut.
        var bytesUntilCut: Int?
    }

    private let state = Locked(State())
    private let listener: ListeningSocket

    /// - Parameters:
    ///   - server: the port of the server.
    ///   - page: what `/page` is.
    init(to server: UInt16, page: String = "") throws {
        listener = try ListeningSocket { [state] client in
            _ = NamedThread("site") { Self.serve(client, state, server, page) }
        }
    }

    deinit { cut() }

    /// The beginning of its URLs.
    var url: String { "http://127.0.0.1:\(listener.port)" }

    /// The bodies the page has posted, in their order.
    var reports: [[UInt8]] { state.withLock { $0.reports } }

    /// How many connections were passed on so far.
    var relayedCount: Int { state.withLock { $0.relayedCount } }

    /// Ends all connections that are passed on.
    func cut() {
        state.withLock { state in
            for descriptor in state.relayed { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    /// Ends a connection as soon as so many more bytes of answers have passed, wherever in a frame that is; once.
    func cut(afterByteCount count: Int) {
        state.withLock { $0.bytesUntilCut = count }
    }

    private static func serve(_ client: Int32, _ state: Locked<State>, _ server: UInt16, _ page: String) {
        defer { close(client) }
        var head: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while head.firstRange(of: end) == nil {
            guard let bytes = receive(client) else { return }
            head += bytes
        }
        let text = String(decoding: head, as: UTF8.self)
        if text.hasPrefix("GET /page") {
            send(client, answer("200 OK", page))
        } else if text.hasPrefix("POST /report") {
            let body = head.firstRange(of: end).map { Array(head[$0.upperBound...]) } ?? []
            takeReport(
                client, body, length: text.firstMatch(of: #/(?i)content-length: *([0-9]+)/#).flatMap { Int($0.1) } ?? 0, state)
        } else if text.hasPrefix("GET /wait") {
            relay(client, head, state, server)
        } else {
            send(client, answer("404 Not Found", ""))
        }
    }

    private static func takeReport(_ client: Int32, _ start: [UInt8], length: Int, _ state: Locked<State>) {
        var body = start
        while body.count < length {
            guard let bytes = receive(client) else { return }
            body += bytes
        }
        let report = body
        state.withLock { $0.reports.append(report) }
        send(client, answer("204 No Content", ""))
    }

    private static func relay(_ client: Int32, _ head: [UInt8], _ state: Locked<State>, _ server: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = server.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let upstream = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(upstream) }
        let isConnected = withUnsafeBytes(of: &address) {
            connect(upstream, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) == 0
        }
        guard isConnected else { return }
        state.withLock { state in
            state.relayed += [client, upstream]
            state.relayedCount += 1
        }
        // Before they are closed: their numbers may be somebody else's at once.
        defer { state.withLock { $0.relayed.removeAll { $0 == client || $0 == upstream } } }
        send(upstream, head)
        var polled = [client, upstream].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while poll(&polled, 2, -1) > 0 {
            if polled[0].revents != 0 {
                guard let bytes = receive(client) else { return }
                send(upstream, bytes)
            }
            if polled[1].revents != 0 {
                guard let bytes = receive(upstream) else { return }
                let count = passing(bytes.count, state)
                send(client, Array(bytes[..<count]))
                if count < bytes.count { return }
            }
        }
    }

    /// How many of so many bytes pass.
    private static func passing(_ count: Int, _ state: Locked<State>) -> Int {
        state.withLock { state in
            guard let left = state.bytesUntilCut else { return count }
            state.bytesUntilCut = left < count ? nil : left - count
            return min(left, count)
        }
    }

    private static func answer(_ status: String, _ body: String) -> [UInt8] {
        Array(
            """
            HTTP/1.1 \(status)\r
            Content-Type: text/html; charset=utf-8\r
            Content-Length: \(body.utf8.count)\r
            Connection: close\r
            \r
            \(body)
            """.utf8)
    }

    private static func receive(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private static func send(_ descriptor: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // Who has gone needs nothing more.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
