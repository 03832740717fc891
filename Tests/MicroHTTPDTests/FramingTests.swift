import MicroHTTPD
import Testing
import Threads

@Suite("Heads and framing")
struct FramingTests {
    /// A request that is refused, and a sentence's beginning.
    static let malformed: [(name: String, request: String)] = [
        ("HTTP/1.1 without Host", "GET / HTTP/1.1\r\n\r\n"),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        ("two Content-Lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        ("a Content-Length that is a list", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na"),
        ("a signed Content-Length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na"),
        ("a negative Content-Length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na"),
        ("an empty Content-Length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\na"),
        ("a hexadecimal Content-Length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\na"),
        (
            "Content-Length with Transfer-Encoding",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        ("an unknown Transfer-Encoding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"),
        ("chunked among others", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        (
            "two Transfer-Encodings",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        ("white space after chunked", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n"),
        ("Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("white space before the colon", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        ("a field name that is no token", "GET / HTTP/1.1\r\nHost: x\r\nA(b): c\r\n\r\n"),
        ("an empty field name", "GET / HTTP/1.1\r\nHost: x\r\n: c\r\n\r\n"),
        ("NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"),
        ("NUL in a value, made to look like a line end", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0\0C\0d\r\n\r\n"),
        ("CR in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n"),
        ("a bare LF after a field", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
        ("a bare LF after the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"),
        ("a bare LF as empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n"),
        ("nothing but bare LF", "GET / HTTP/1.1\nHost: x\n\n"),
        ("a folded line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"),
        ("a folded first line", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
        (
            "a folded line that hides Transfer-Encoding",
            "POST / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tTransfer-Encoding: chunked\r\n\r\n"
        ),
        ("a line without colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
        ("a space in the target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a tab in the target", "GET /a\tb HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("two spaces before the target", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("two spaces before the version", "GET /  HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a byte above ASCII in the target", "GET /\u{e9} HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("NUL in the method", "GE\0T / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("a method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("no version", "GET /\r\nHost: x\r\n\r\n"),
        ("a version in lower case", "GET / http/1.1\r\nHost: x\r\n\r\n"),
    ]

    @Test(
        "a malformed request is answered with 400, the connection closed, and nothing behind it executed", arguments: malformed)
    func refused(_ name: String, _ request: String) throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        client.send(request + "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        let all = try client.receiveAll()
        #expect(all.hasPrefix("HTTP/1.1 400 "), "\(name): \(all)")
        #expect(RawAnswer(head: all).isClosing, "\(name): \(all)")
        #expect(server.served.all == [], "\(name)")
        // The server is as fit as before.
        #expect(try server.connect().exchange("GET /next HTTP/1.1\r\nHost: x\r\n\r\n").body == "/next")
    }

    @Test(
        "other protocols are turned away without an answer to wait for",
        arguments: [
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/0.9\r\n\r\n", "GET / HTTP/3.0\r\nHost: x\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}\n", "nonsense\r\n\r\n",
        ])
    func otherProtocols(_ bytes: String) throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        client.send(bytes)
        let all = try client.receiveAll()
        #expect(all.isEmpty || all.hasPrefix("HTTP/1.1 505 ") || all.hasPrefix("HTTP/1.1 400 "), "\(all)")
        #expect(server.served.all == [])
    }

    @Test("empty lines before a request are skipped, as RFC 9112 §2.2 asks")
    func leadingEmptyLines() throws {
        let server = try TestServer.echo()
        #expect(try server.connect().exchange("\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n").body == "/a")
    }

    @Test("a head that comes byte by byte is the same head")
    func byteByByte() throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        for byte in Array("POST /?a=1&b=2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc".utf8) { client.send([byte]) }
        #expect(try client.receiveAnswer().body == "abc")
    }

    /// A head of exactly `byteCount` bytes.
    static func head(byteCount: Int, path: String = "/") -> String {
        let start = "GET \(path) HTTP/1.1\r\nHost: x\r\nA: "
        return start + String(repeating: "a", count: byteCount - start.utf8.count - 4) + "\r\n\r\n"
    }

    @Test("a head of exactly the limit is served, one byte more is a 431")
    func headLimit() throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        #expect(try client.exchange(Self.head(byteCount: 16_384)).status == 200)
        #expect(try client.exchange(Self.head(byteCount: 16_384)).status == 200)
        let answer = try client.exchange(Self.head(byteCount: 16_385))
        #expect(answer.status == 431)
        #expect(answer.body == "head")
        #expect(answer.isClosing)
    }

    @Test(
        "what browsers and proxies add has room: many fields in a head of the limit, more in a shorter one, and long cookies",
        arguments: [
            String(repeating: "A: b\r\n", count: 37) + "B: " + String(repeating: "b", count: 16_384 - 25 - 37 * 6 - 7) + "\r\n",
            String(repeating: "A: \(String(repeating: "a", count: 60))\r\n", count: 100),
            "Cookie: \(String(repeating: "name=\(String(repeating: "v", count: 395));", count: 20))\r\n",
        ])
    func roomForFields(_ fields: String) throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        for _ in 0..<2 {
            #expect(try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n").status == 200)
        }
    }

    @Test("a head that leaves no room for an answer is a 431, however little is left, and nothing is done", arguments: 30...140)
    func noRoom(_ count: Int) throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        let start = "GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: count) + "B: "
        client.send(start + String(repeating: "b", count: 16_384 - start.utf8.count - 4) + "\r\n\r\n")
        let answer = try client.receiveAnswer()
        // With those of the host and of the padding, forty.
        #expect(answer.status == (count <= 38 ? 200 : 431))
        #expect(server.served.all.count == (count <= 38 ? 1 : 0))
    }

    @Test(
        "nor is one whose cookies leave none, whatever separates them",
        arguments: ["a;", "a,", "=,", " , ", "\"\";", "a=\";\","])
    func noRoomBesideCookies(_ cookie: String) throws {
        let server = try TestServer.echo()
        var counts = [200: 0, 431: 0]
        for count in 100...400 {
            let cookies = String(repeating: cookie, count: count)
            let servedCount = server.served.all.count
            let answer = try server.connect().exchange("GET / HTTP/1.1\r\nHost: x\r\nCookie: \(cookies)\r\n\r\n")
            counts[answer.status, default: 0] += 1
            #expect(server.served.all.count - servedCount == (answer.status == 200 ? 1 : 0))
        }
        #expect(counts.count == 2 && counts.values.allSatisfy { $0 > 0 }, "\(counts)")
    }

    @Test("a target above the limit is a 414, and one that fills the head is served")
    func targetLimit() throws {
        let server = try TestServer.echo()
        let frame = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8.count
        let longest = "/" + String(repeating: "%41", count: (16_384 - frame) / 3)
        #expect(try server.connect().exchange("GET \(longest) HTTP/1.1\r\nHost: x\r\n\r\n").body == longest)
        let answer = try server.connect().exchange(
            "GET /\(String(repeating: "a", count: 16_384)) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(answer.status == 414)
        #expect(answer.body == "target")
    }

    @Test("far above the limits libmicrohttpd answers itself, and closes", arguments: [20_000, 24_576, 30_000, 1_000_000])
    func farAbove(_ byteCount: Int) throws {
        let server = try TestServer.echo()
        let head = try server.connect()
        head.send(Self.head(byteCount: byteCount))
        #expect(try head.receiveAll().hasPrefix("HTTP/1.1 431 "))
        let target = try server.connect()
        target.send("GET /\(String(repeating: "a", count: byteCount)) HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try target.receiveAll().hasPrefix("HTTP/1.1 414 "))
    }

    @Test(
        "ten thousand fields or cookies are a 431, not a hang",
        arguments: ["A: b\r\n", "Cookie: \(String(repeating: "a=b;", count: 3_000))\r\n"])
    func manyFields(_ field: String) throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        client.send("GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: field, count: field.count < 10 ? 10_000 : 1) + "\r\n")
        #expect(try client.receiveAll().hasPrefix("HTTP/1.1 431 "))
        #expect(server.served.all == [])
    }

    @Test(
        "a hundred channels, or ten thousand empty arguments, in a query are served",
        arguments: [
            (0..<100).map { "channel=\(String(repeating: "c", count: 60))\($0)" }.joined(separator: "&"),
            String(repeating: "&", count: 10_000),
            String(repeating: "a=1&", count: 4_000),
        ])
    func manyArguments(_ query: String) throws {
        let server = try TestServer.echo()
        let client = try server.connect()
        for _ in 0..<2 {
            #expect(try client.exchange("GET /?\(query) HTTP/1.1\r\nHost: x\r\n\r\n").body == "/?" + query)
        }
    }
}
