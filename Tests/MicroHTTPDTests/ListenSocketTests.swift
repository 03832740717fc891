import Glibc
import MicroHTTPD
import Testing

@Suite("Listen socket")
struct ListenSocketTests {
    @Test(
        "IPv4, bracketed IPv6 and names are taken, and port 0 becomes a real one",
        arguments: [
            "127.0.0.1:0", "[::1]:0", "localhost:0", "0.0.0.0:0",
        ])
    func addresses(_ address: String) throws {
        #expect(try ListenSocket(address).port > 0)
    }

    @Test(
        "what is no address is refused with a sentence that says what to write",
        arguments: [
            ("127.0.0.1", "has no port"), ("127.0.0.1:", "no valid port"), ("127.0.0.1:65536", "no valid port"),
            ("127.0.0.1:http", "no valid port"), ("::1:8080", "in brackets"), (":8080", "has no host"),
            ("[]:8080", "has no host"),
            ("no.such.host.invalid:80", "no.such.host.invalid"), ("192.0.2.1:0", "no such address"),
        ])
    func refusals(_ address: String, _ words: String) {
        let error = #expect(throws: ListenError.self) { _ = try ListenSocket(address) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test(
        "an accepted connection whose client vanishes ends within the keepalive time",
        arguments: [(nil, 120), (.seconds(30), 30), (.seconds(1), 6), (.seconds(100_000), 32_767)] as [(Duration?, Int32)])
    func keepAlive(_ keepAlive: Duration?, _ seconds: Int32) throws {
        let listener =
            if let keepAlive { try ListenSocket("127.0.0.1:0", keepAlive: keepAlive) } else {
                try ListenSocket("127.0.0.1:0")
            }
        let client = try RawClient(port: listener.port)
        let accepted = accept(listener.descriptor, nil, nil)
        defer { close(accepted) }
        #expect(accepted >= 0 && client.descriptor >= 0)
        func option(_ level: Int32, _ name: Int32) -> Int32 {
            var value: Int32 = -1
            var length = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(accepted, level, name, &value, &length) == 0 ? value : -1
        }
        let tcp = Int32(IPPROTO_TCP)
        #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(tcp, TCP_NODELAY) == 1)
        #expect(option(tcp, TCP_KEEPIDLE) + option(tcp, TCP_KEEPINTVL) * option(tcp, TCP_KEEPCNT) == seconds)
        // A reader that merely pauses must live.
        #expect(option(tcp, TCP_USER_TIMEOUT) == 0)
    }

    @Test("an address that is in use is said to be in use")
    func inUse() throws {
        let first = try ListenSocket("127.0.0.1:0")
        let error = #expect(throws: ListenError.self) { _ = try ListenSocket("127.0.0.1:\(first.port)") }
        #expect(error?.description.contains("address in use") == true)
        #expect(error?.description.contains("127.0.0.1:\(first.port)") == true)
    }
}
