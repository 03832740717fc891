import Testing

@testable import TrunklineHTTP

@Suite("Hosts")
struct AuthorityTests {
    @Test(
        "are read with and without a port",
        arguments: [
            ("localhost", "localhost", nil), ("localhost:8080", "localhost", 8080), ("LOCALHOST:8080", "localhost", 8080),
            ("localhost.", "localhost", nil), ("localhost.:80", "localhost", 80), ("localhost:", "localhost", nil),
            ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]", "[::1]", nil), ("[::1]:65535", "[::1]", 65_535), ("[::A]", "[::a]", nil),
            ("a-b_c.d~e:1", "a-b_c.d~e", 1), ("ex%41mple", "ex%41mple", nil), ("a;b", "a;b", nil), ("a:00080", "a", 80),
        ])
    func read(text: String, host: String, port: UInt16?) throws {
        let authority = try #require(Authority(text))
        #expect(authority.host == host)
        #expect(authority.port == port)
    }

    @Test(
        "with anything no host may have are none",
        arguments: [
            "", ":80", ".", "a b", "a\tb", "a/b", "a?b", "a#b", "user@host", "host:80:80", "host:8o", "host:-1", "host:65536",
            "host:99999999999999999999", "[::1", "::1", "[::1]x", "[::1]80", "[]", "[1]", "[::1%25eth0]", "[::1%lo]", "[v1.x]",
            "[127.0.0.1]", "häst", "a%zz", "a%4", "a\0b", "[::1\0]", "a,b c", "\"a\"", "<a>", "a\\b",
        ])
    func none(text: String) {
        #expect(Authority(text) == nil)
    }

    @Test(
        "that mean this machine alone are loopback",
        arguments: [
            "localhost", "LocalHost:8080", "localhost.", "a.localhost", "a.b.LOCALHOST:1", "127.0.0.1", "127.1.2.3:80",
            "127.255.255.255", "127.0.0.1.", "[::1]", "[::1]:8080", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
            "[::FFFF:7f00:1]",
        ])
    func loopback(text: String) throws {
        #expect(try #require(Authority(text)).isLoopback)
    }

    @Test(
        "that only look like it are not",
        arguments: [
            "example.com", "localhost.example.com", "localhost.evil", "evillocalhost", ".localhost", "127.evil.example",
            "127.0.0.1.evil.example", "127.1", "127.0.0", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "127.0.0.256", "128.0.0.1",
            "0.0.0.0", "10.0.0.1", "[::]", "[::2]", "[::ffff:10.0.0.1]", "[1::1]", "[fe80::1]", "local%68ost", "localhost..",
            "127.0.0.1,evil",
        ])
    func notLoopback(text: String) throws {
        #expect(try !#require(Authority(text)).isLoopback)
    }

    @Test(
        "match what is allowed, on its port if it names one",
        arguments: [
            ("a:1", "a", true), ("a", "a", true), ("a:1", "a:1", true), ("a:1", "a:2", false), ("a", "a:80", true),
            ("a", "a:443", false), ("b", "a", false), ("a.b", "b", false), ("A.", "a", true),
        ])
    func matches(host: String, allowed: String, expected: Bool) throws {
        #expect(try #require(Authority(host)).matches(#require(Authority(allowed)), defaultPorts: [80]) == expected)
    }
}
