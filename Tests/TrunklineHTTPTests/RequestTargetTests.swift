import Testing

@testable import TrunklineHTTP

@Suite("Request targets")
struct RequestTargetTests {
    private func target(_ text: String, method: String = "GET") throws(RequestFailure) -> RequestTarget {
        try RequestTarget(Array(text.utf8), method: method)
    }

    @Test(
        "give the decoded path",
        arguments: [
            ("/", "/"), ("/wait", "/wait"), ("/wait?", "/wait"), ("/wait?a=b", "/wait"), ("/%77ait", "/wait"),
            ("/wait/", "/wait/"), ("//wait", "//wait"), ("/wait%2F", "/wait/"), ("/wait%3Fchannel=a", "/wait?channel=a"),
            ("/a+b", "/a+b"), ("/../wait", "/../wait"), ("/wait#x", "/wait#x"), ("/%E4", "/\u{FFFD}"),
            ("/wait;a=b", "/wait;a=b"),
        ])
    func path(raw: String, expected: String) throws {
        #expect(text(try target(raw).path) == expected)
    }

    @Test(
        "give the parameters in their order",
        arguments: [
            ("a=1&b=2", ["a=1", "b=2"]), ("b=2&a=1&b=3", ["b=2", "a=1", "b=3"]), ("", []), ("&", []),
            ("a=1&&b=2", ["a=1", "b=2"]), ("a=1&", ["a=1"]), ("&a=1", ["a=1"]), ("a", ["a="]), ("a&b=1", ["a=", "b=1"]),
            ("a=", ["a="]), ("=a", ["=a"]), ("=", ["="]), ("a=b=c", ["a=b=c"]), ("a==", ["a=="]), ("a=1;b=2", ["a=1;b=2"]),
            ("a=x+y", ["a=x y"]), ("a=x%2By", ["a=x+y"]), ("a=x%20y", ["a=x y"]), ("a%3Db=c", ["a=b=c"]),
            ("ch%61nnel=f%6fo", ["channel=foo"]), ("a=%2525", ["a=%25"]), ("a=x%26y", ["a=x&y"]), ("a=?b", ["a=?b"]),
            ("a=/b", ["a=/b"]), ("a=ä", ["a=ä"]), ("a=%C3%A4", ["a=ä"]), ("a+b=c", ["a b=c"]), ("a=1?b=2", ["a=1?b=2"]),
            ("a=1#b", ["a=1#b"]),
        ])
    func parameters(query: String, expected: [String]) throws {
        let fields = try target("/wait?\(query)").parameters
        #expect(fields.map { "\(text($0.name))=\(text($0.value))" } == expected)
    }

    @Test("take any bytes in a value, raw or encoded")
    func bytes() throws {
        let fields = try target("/post?a=%FF%00%C0%AF").parameters
        #expect(fields.map { Array($0.value) } == [[0xFF, 0x00, 0xC0, 0xAF]])
        let raw = try RequestTarget(Array("/post?a=".utf8) + [0xFF, 0xFE], method: "GET")
        #expect(raw.parameters.map { Array($0.value) } == [[0xFF, 0xFE]])
    }

    @Test(
        "with malformed percent-encoding are refused by the parameter's name",
        arguments: [
            ("a=%zz", "a", "'%zz'"), ("ok=1&a=%4", "a", "'%4'"), ("channel=foo&payload=100%", "payload", "'%'"),
            ("limit=%4&a=%zz", "limit", "'%4'"), ("a%zz=1", "a%25zz", "'%zz'"), ("%", "%25", "'%'"), ("a=%u00e4", "a", "'%u0'"),
        ])
    func malformedParameter(query: String, parameter: String, culprit: String) throws {
        let failure = try #require(refusal { () throws(RequestFailure) in try target("/wait?\(query)") })
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == parameter)
        #expect(failure.detail.contains(culprit))
        #expect(failure.detail.contains("%25"), "it says what to write instead")
    }

    @Test(
        "that are no path are refused",
        arguments: [
            "", "wait", "wait?channel=foo", "*", "/%zz", "/wait%", "?channel=foo", "localhost:8080", "ftp://localhost/wait",
            "http:/wait", "http:///wait", "http://user@localhost/wait", "http://user:pw@localhost/wait", "http://[::1/wait",
            "http://local host/wait", "http://localhost:99999/wait", "http://?channel=a", "%2Fwait", " /wait", "http",
        ])
    func malformed(raw: String) throws {
        let failure = try #require(refusal { () throws(RequestFailure) in try target(raw) })
        #expect(failure.status == .badRequest)
        #expect(failure.detail.hasPrefix("the request target "))
    }

    @Test(
        "in absolute form give path and host",
        arguments: [
            ("http://localhost:8080/wait?a=1", "/wait", "localhost", 8080, 1),
            ("HTTP://LocalHost/wait", "/wait", "localhost", nil, 0), ("https://example.com", "/", "example.com", nil, 0),
            ("http://example.com?a=1&b", "/", "example.com", nil, 2), ("http://[::1]:80/", "/", "[::1]", 80, 0),
            ("http://a//wait", "//wait", "a", nil, 0),
        ])
    func absolute(raw: String, path: String, host: String, port: UInt16?, count: Int) throws {
        let target = try target(raw)
        #expect(text(target.path) == path)
        #expect(target.authority?.host == host)
        #expect(target.authority?.port == port)
        #expect(target.parameters.count == count)
    }

    @Test("in origin form name no host, even where the path looks like one")
    func origin() throws {
        #expect(try target("/wait").authority == nil)
        #expect(try target("//evil.example/wait").authority == nil)
        #expect(try target("/http://evil.example/wait").authority == nil)
    }

    @Test("may be an asterisk for OPTIONS alone")
    func asterisk() throws {
        #expect(text(try target("*", method: "OPTIONS").path) == "*")
        #expect(refusal { () throws(RequestFailure) in try target("*", method: "POST") }?.status == .badRequest)
        #expect(refusal { () throws(RequestFailure) in try target("*?a=b", method: "OPTIONS") }?.status == .badRequest)
    }

    @Test("are quoted in one short line, whatever they hold")
    func hostile() throws {
        let hostile = "x\r\nSet-Cookie: a=b\r\n" + String(repeating: "y", count: 5_000)
        let failure = try #require(refusal { () throws(RequestFailure) in try target(hostile) })
        #expect(failure.detail.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
        #expect(failure.detail.utf8.count < 250)
    }
}
