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

    @Test("an address that is in use is said to be in use")
    func inUse() throws {
        let first = try ListenSocket("127.0.0.1:0")
        let error = #expect(throws: ListenError.self) { _ = try ListenSocket("127.0.0.1:\(first.port)") }
        #expect(error?.description.contains("address in use") == true)
        #expect(error?.description.contains("127.0.0.1:\(first.port)") == true)
    }
}
