import Glibc
import Testing
import Threads

@testable import MicroHTTPD

@Suite("Silent peer")
struct SilentPeerTests {
    private static func events(_ listener: ListenSocket) -> Int16 {
        var polled = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, 100) >= 0 ? polled.revents : -1
    }

    @Test(
        "a socket that listened refuses clients, is reported to nobody, and leaves its port to the next one",
        arguments: ["127.0.0.1", "[::1]", "0.0.0.0", "[::]"])
    func silence(_ host: String) throws {
        let listener = try ListenSocket("\(host):0")
        let queued = host.hasPrefix("[::1") ? nil : try RawClient(port: listener.port)
        let peer = try SilentPeer(of: listener.descriptor)
        #expect(Self.events(listener) == 0)
        #expect(throws: RawClient.Failure.self) { _ = try RawClient(port: listener.port) }
        #expect(Self.events(listener) == 0)
        #expect(try ListenSocket("\(host):\(listener.port)").port == listener.port)
        withExtendedLifetime((peer, queued)) {}
    }

    @Test("without its peer the socket is heard again, and its port has no connection that lingers")
    func end() throws {
        let listener = try ListenSocket("127.0.0.1:0")
        var peer: SilentPeer? = try SilentPeer(of: listener.descriptor)
        #expect(Self.events(listener) == 0 && peer != nil)
        peer = nil
        #expect(Int32(Self.events(listener)) & POLLHUP != 0)
    }

    @Test("what is no socket is refused")
    func noSocket() throws {
        let descriptor = try EventDescriptor()
        #expect(throws: SystemError.self) { _ = try SilentPeer(of: descriptor.descriptor) }
    }
}
