import TestSupport
import Testing

@Suite("Requests inside of requests")
struct SmugglingTests {
    /// A beginning that two readers may take apart differently; the smuggled request follows it.
    struct Prefix: CustomTestStringConvertible {
        let testDescription: String
        let bytes: String
        /// libmicrohttpd shows nothing of what is wrong, so that the request itself is taken.
        let mayPass: Bool

        init(_ description: String, _ bytes: String, mayPass: Bool = false) {
            testDescription = description
            self.bytes = bytes
            self.mayPass = mayPass
        }
    }

    /// Waits for nothing longer than a second, so that every connection comes to its end.
    private static let deployment = Result {
        try Deployment(["--head-timeout", "1", "--body-timeout", "1", "--idle-timeout", "1"])
    }

    private static let line = "POST /post?channel=carrier HTTP/1.1\r\nHost: localhost\r\n"

    static let prefixes: [Prefix] = [
        Prefix("length and chunks", "\(line)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Prefix("chunks and length", "\(line)Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
        Prefix("two lengths", "\(line)Content-Length: 0\r\nContent-Length: 100\r\n\r\n"),
        Prefix("two equal lengths", "\(line)Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
        Prefix("a list of lengths", "\(line)Content-Length: 0, 100\r\n\r\n"),
        Prefix("a length with a sign", "\(line)Content-Length: +0\r\n\r\n"),
        Prefix("a negative length", "\(line)Content-Length: -1\r\n\r\n"),
        Prefix("a length in hex", "\(line)Content-Length: 0x0\r\n\r\n"),
        Prefix("a length that no integer holds", "\(line)Content-Length: 18446744073709551616\r\n\r\n"),
        Prefix("an empty length", "\(line)Content-Length:\r\n\r\n"),
        Prefix("a space before the colon", "\(line)Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        Prefix("a coding that is none", "\(line)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        Prefix("a coding beside chunked", "\(line)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Prefix("chunked twice", "\(line)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Prefix("a coding behind a tab", "\(line)Transfer-Encoding:\u{B}chunked\r\n\r\n0\r\n\r\n"),
        Prefix("a folded coding", "\(line)Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        Prefix("a folded line", "\(line)X-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
        Prefix("bare line feeds", "POST /post?channel=carrier HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n"),
        Prefix("a bare line feed in a value", "\(line)X-A: b\nContent-Length: 0\r\n\r\n"),
        Prefix("a bare CR in a value", "\(line)X-A: b\rContent-Length: 9\r\n\r\n"),
        Prefix("NUL in a value", "\(line)X-A: b\0c\r\n\r\n"),
        Prefix("a name with a space", "\(line)X A: b\r\n\r\n"),
        Prefix("a line without a colon", "\(line)Nonsense\r\n\r\n"),
        Prefix("a space before the first field", "POST /post?channel=carrier HTTP/1.1\r\n Host: localhost\r\n\r\n"),
        Prefix("a chunk size that is none", "\(line)Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
        Prefix("a chunk size with a sign", "\(line)Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n"),
        Prefix("a chunk that is longer than its size", "\(line)Transfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n0\r\n\r\n"),
        Prefix("chunks that end in bare line feeds", "\(line)Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n", mayPass: true),
        Prefix("a chunk size that overflows", "\(line)Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"),
        Prefix("chunks in HTTP/1.0", "POST /post?channel=carrier HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Prefix("a target with a space", "POST /post?channel=carrier&payload=a b HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Prefix("a version that is none", "POST /post?channel=carrier HTTP/9.9\r\nHost: localhost\r\n\r\n"),
    ]

    @Test(
        "what may hide a second request is answered once at the most, and the second is never executed", .serialized,
        arguments: prefixes)
    func smuggled(prefix: Prefix) async throws {
        try await offPool {
            let deployment = try Self.deployment.get()
            let listener = try deployment.listener(on: "smuggled")
            let connection = try deployment.server.connect()
            let smuggled = "GET /post?channel=smuggled&payload=bad HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try connection.send(prefix.bytes + smuggled)
            let answers = String(decoding: try connection.readToEnd(), as: UTF8.self)
            let statuses = answers.matches(of: #/HTTP/1\.[01] ([0-9]{3})/#).map { String($0.1) }
            // libmicrohttpd writes the head of some of its own refusals twice: the status is the same then.
            #expect(Set(statuses).count <= 1, "\(answers)")
            let allowed: Set = prefix.mayPass ? ["200", "400"] : ["400", "413", "505"]
            #expect(Set(statuses).isSubset(of: allowed), "\(answers)")
            try deployment.server.post("last", to: "smuggled")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test("the body of a GET is a body, not a request")
    func bodyOfGet() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "hidden")
            let hidden = Array("GET /post?channel=hidden&payload=bad HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
            for target in ["/healthz", "/wait?channel=hidden&timeout=0", "/nothing", "/wait?channel="] {
                let connection = try deployment.server.connect()
                try connection.sendRequest("GET", target, body: hidden)
                _ = try connection.readResponse()
            }
            try deployment.server.post("last", to: "hidden")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }
}
