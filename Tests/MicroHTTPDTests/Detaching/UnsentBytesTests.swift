import Glibc
import Testing

@testable import MicroHTTPD

@Suite("What a client has not taken yet")
struct UnsentBytesTests {
    /// Two ends of a connection.
    private final class Pair {
        let own: Int32
        private var peer: Int32?

        init() {
            var ends: [Int32] = [0, 0]
            let result = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
            precondition(result == 0, "no socketpair")
            own = ends[0]
            peer = ends[1]
        }

        deinit {
            closePeer()
            close(own)
        }

        func closePeer() {
            if let peer { close(peer) }
            peer = nil
        }

        /// What has come so far.
        func receive() -> [UInt8] {
            guard let peer else { return [] }
            var all: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while case let count = recv(peer, &part, part.count, Int32(MSG_DONTWAIT)), count > 0 { all += part.prefix(count) }
            return all
        }
    }

    @Test("what the kernel does not take is kept, and sent in its order when it takes more")
    func blocked() {
        let pair = Pair()
        var unsent = UnsentBytes(Array("head".utf8))
        #expect(unsent.send(to: pair.own) == .sent)
        let body = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 / 251) }
        #expect(body.withUnsafeBytes { unsent.send($0, to: pair.own) } == .blocked)
        #expect(unsent.send(to: pair.own) == .blocked)
        var received = pair.receive()
        while unsent.send(to: pair.own) == .blocked { received += pair.receive() }
        received += pair.receive()
        #expect(received == Array("head".utf8) + body)
        #expect(unsent.send(to: pair.own) == .sent, "nothing is left")
    }

    @Test("to a peer that has gone nothing is sent, whether it was kept or is new")
    func broken() {
        let pair = Pair()
        pair.closePeer()
        var unsent = UnsentBytes(Array("head".utf8))
        #expect(unsent.send(to: pair.own) == .broken)
        #expect(Array("more".utf8).withUnsafeBytes { unsent.send($0, to: pair.own) } == .broken)
    }
}
