import Foundation
import Glibc
import TestSupport
import Threads

/// A server in this process that speaks just enough to be measured, and lies as it is told.
final class FakeServer: Sendable {
    /// What is wrong with it. Deliveries are counted over all readers.
    struct Defects: Sendable {
        /// Every so-many-th delivery does not happen.
        var loses: Int?
        /// Every so-many-th delivery happens twice.
        var doubles: Int?
        /// Every so-many-th delivery is a declared gap instead.
        var tellsGap: Int?
        /// Every so-many-th post is answered like this, and not delivered.
        var refuses: (every: Int, status: String, text: String)?
        /// Every so-many-th post is delivered, and the connection closed instead of an answer.
        var hangsUp: Int?
        /// Waits are answered like this.
        var refusesWaits: (status: String, text: String)?
    }

    private struct State {
        var streams: [String: [Int32]] = [:]
        var peers: Set<Int32> = []
        var deliveryCount = 0
        var postCount = 0
    }

    let port: UInt16
    private let defects: Defects
    private let listener: Int32
    private let state = Locked(State())

    init(_ defects: Defects = Defects()) throws {
        self.defects = defects
        port = try RawConnection.unusedPort()
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let isBound = withUnsafeBytes(of: &address) {
            bind(listener, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard isBound == 0, listen(listener, 128) == 0 else { throw SystemError("bind") }
        let (shared, listening) = (state, listener)
        Thread.detachNewThread {
            while true {
                let peer = accept(listening, nil, nil)
                // The listening socket was shut down.
                guard peer >= 0 else { break }
                shared.withLock { _ = $0.peers.insert(peer) }
                Thread.detachNewThread { Self.serve(peer, defects, shared) }
            }
            close(listening)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        state.withLock { state in
            for peer in state.peers { shutdown(peer, Int32(SHUT_RDWR)) }
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var postCount: Int { state.withLock { $0.postCount } }

    private static func serve(_ peer: Int32, _ defects: Defects, _ state: Locked<State>) {
        var requests = RequestBuffer(peer)
        while let request = requests.next() {
            if request.path == "/wait" {
                if let refusal = defects.refusesWaits {
                    answer(peer, refusal.status, refusal.text)
                    continue
                }
                send(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                state.withLock { $0.streams[request.channel, default: []].append(peer) }
            } else if !post(peer, request, defects, state) {
                break
            }
        }
        state.withLock { state in
            state.peers.remove(peer)
            for channel in state.streams.keys { state.streams[channel]?.removeAll { $0 == peer } }
            // Under the lock: nobody sends to a descriptor that is somebody else's by now.
            close(peer)
        }
    }

    /// - Returns: whether the connection goes on.
    private static func post(
        _ peer: Int32, _ request: RequestBuffer.Request, _ defects: Defects, _ state: Locked<State>
    ) -> Bool {
        let number = state.withLock { state in
            state.postCount += 1
            return state.postCount
        }
        if let refusal = defects.refuses, number.isMultiple(of: refusal.every) {
            answer(peer, refusal.status, refusal.text)
            return true
        }
        state.withLock { state in
            for stream in state.streams[request.channel] ?? [] {
                state.deliveryCount += 1
                deliver(request.body, state.deliveryCount, to: stream, defects)
            }
        }
        if let every = defects.hangsUp, number.isMultiple(of: every) { return false }
        answer(peer, "200 OK", "")
        return true
    }

    private static func deliver(_ payload: String, _ number: Int, to stream: Int32, _ defects: Defects) {
        func isHit(_ every: Int?) -> Bool { every.map { number.isMultiple(of: $0) } ?? false }
        if isHit(defects.loses) { return }
        var text = isHit(defects.tellsGap) ? "event: gap\nid: a.\(number)\ndata: {}\n\n" : "data: \(payload)\n\n"
        if isHit(defects.doubles) { text += text }
        send(stream, "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    private static func answer(_ peer: Int32, _ status: String, _ text: String) {
        send(peer, "HTTP/1.1 \(status)\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
    }

    private static func send(_ peer: Int32, _ text: String) {
        let bytes = Array(text.utf8)
        // A peer that has gone is found by the next read.
        _ = Glibc.send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
