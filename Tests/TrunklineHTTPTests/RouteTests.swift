import HTTPTypes
import Testing

@testable import TrunklineHTTP

@Suite("Paths and methods")
struct RouteTests {
    private func route(_ method: String, _ target: String, allowsGetPost: Bool = true) throws(RequestFailure) -> Route {
        try Route(method: method, RequestTarget(Array(target.utf8), method: method), allowsGetPost: allowsGetPost)
    }

    @Test(
        "that go together are found",
        arguments: [
            ("GET", "/wait?channel=a", Route.wait), ("HEAD", "/wait", .wait), ("GET", "/post", .post), ("POST", "/post", .post),
            ("PUT", "/post", .post), ("GET", "/healthz", .healthz), ("HEAD", "/healthz", .healthz), ("GET", "/readyz", .readyz),
            ("HEAD", "/readyz", .readyz), ("GET", "/metrics", .metrics), ("HEAD", "/metrics", .metrics),
            ("GET", "/channels", .channels), ("HEAD", "/channels", .channels), ("GET", "/", .home), ("HEAD", "/?a=b", .home),
            ("GET", "/%77ait", .wait), ("GET", "http://localhost/wait", .wait), ("GET", "http://localhost", .home),
        ])
    func known(method: String, target: String, expected: Route) throws {
        #expect(try route(method, target) == expected)
    }

    @Test(
        "that are unknown are a 404 that lists the known paths",
        arguments: [
            "/wait/", "//wait", "/Wait", "/WAIT", "/waits", "/wai", "/post/foo", "/wait%2F", "/wait%00", "/favicon.ico", "/.",
            "/./wait", "/a/../wait", "/wait%3Fchannel=a", "/%FF", "/ wait", "/wait;x", "/*",
        ])
    func unknown(target: String) throws {
        for method in ["GET", "POST", "FOO"] {
            let failure = try #require(refusal { () throws(RequestFailure) in try route(method, target) })
            #expect(failure.status == .notFound)
            for path in ["/wait", "/post", "/healthz", "/readyz", "/metrics", "/channels"] {
                #expect(failure.detail.contains(path))
            }
            #expect(failure.detail.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
        }
    }

    @Test(
        "that do not go together are a 405 with Allow",
        arguments: [
            ("POST", "/wait", "GET, HEAD"), ("PUT", "/wait", "GET, HEAD"), ("DELETE", "/wait", "GET, HEAD"),
            ("OPTIONS", "/wait", "GET, HEAD"), ("TRACE", "/wait", "GET, HEAD"), ("get", "/wait", "GET, HEAD"),
            ("Get", "/wait", "GET, HEAD"), ("FOO", "/", "GET, HEAD"), ("POST", "/healthz", "GET, HEAD"),
            ("HEAD", "/post", "GET, POST, PUT"), ("OPTIONS", "/post", "GET, POST, PUT"), ("post", "/post", "GET, POST, PUT"),
            ("PATCH", "/post", "GET, POST, PUT"), ("DELETE", "/post", "GET, POST, PUT"), ("", "/post", "GET, POST, PUT"),
            ("OPTIONS", "*", "GET, HEAD, POST, PUT"),
        ])
    func notAllowed(method: String, target: String, allow: String) throws {
        let failure = try #require(refusal { () throws(RequestFailure) in try route(method, target) })
        #expect(failure.status == .methodNotAllowed)
        #expect(failure.headers[.allow] == allow)
        #expect(failure.detail.contains(allow))
    }

    @Test("do not go together for GET and /post where that is switched off")
    func getSwitchedOff() throws {
        let failure = try #require(
            refusal { () throws(RequestFailure) in try route("GET", "/post?channel=a", allowsGetPost: false) })
        #expect(failure.status == .methodNotAllowed)
        #expect(failure.headers[.allow] == "POST, PUT")
        #expect(try route("POST", "/post", allowsGetPost: false) == .post)
        #expect(try route("PUT", "/post", allowsGetPost: false) == .post)
        #expect(
            refusal { () throws(RequestFailure) in try route("HEAD", "/post", allowsGetPost: false) }?.headers[.allow]
                == "POST, PUT")
        #expect(try route("GET", "/wait", allowsGetPost: false) == .wait)
    }
}
