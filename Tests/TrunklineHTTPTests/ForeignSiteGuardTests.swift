import HTTPTypes
import MicroHTTPD
import Testing

@testable import TrunklineHTTP

@Suite("Requests from foreign sites")
struct ForeignSiteGuardTests {
    private func verdict(
        _ fields: [String], target: String = "/wait", isLoopback: Bool = true, allowed: [String] = [],
        version: String = "HTTP/1.1"
    ) throws -> RequestFailure? {
        let allowedHosts = try allowed.map { try #require(Authority($0)) }
        let request = Request("GET", target, fields, body: nil, version: version)
        let parsed = try request.parsedTarget()
        let verdicts = [UInt16?.none, 8080].map { port in
            let guardian = ForeignSiteGuard(listensOnLoopbackOnly: isLoopback, allowedHosts: allowedHosts, port: port)
            return refusal { () throws(RequestFailure) in try guardian.check(request, parsed) }
        }
        #expect(verdicts[0] == verdicts[1], "that the port is known is a short cut, and no more")
        return verdicts[0]
    }

    @Test(
        "are none where the Host is a loopback name",
        arguments: [
            "localhost", "localhost:8080", "LOCALHOST:1", "localhost.", "app.localhost:8080", "127.0.0.1:8080", "127.9.9.9",
            "[::1]:8080", "[::1]", "localhost:",
        ])
    func loopbackHost(host: String) throws {
        #expect(try verdict(["Host: \(host)"]) == nil)
    }

    @Test(
        "are refused on loopback where the Host is any other name",
        arguments: [
            "example.com", "example.com:8080", "localhost.example.com", "127.0.0.1.evil.example", "10.0.0.1:8080", "[fe80::1]",
            "0.0.0.0", "127.1", "local%68ost", "localhost,evil.example",
        ])
    func foreignHost(host: String) throws {
        let failure = try #require(try verdict(["Host: \(host)"]))
        #expect(failure.status == .forbidden)
        #expect(failure.parameter == "Host")
        #expect(
            try verdict(["Host: \(host)"], isLoopback: false) == nil,
            "a server on the network is called what the network calls it")
    }

    @Test(
        "are none where the Host is allowed",
        arguments: [
            ("example.com", "example.com", true), ("EXAMPLE.com.:8080", "example.com", true),
            ("example.com:8080", "example.com:8080", true), ("example.com:8081", "example.com:8080", false),
            ("www.example.com", "example.com", false), ("example.com", "example.com:443", true),
            ("example.com", "example.com:8080", false),
        ])
    func allowedHost(host: String, allowed: String, isAllowed: Bool) throws {
        #expect(try verdict(["Host: \(host)"], allowed: ["other.example", allowed]) == nil ? isAllowed : !isAllowed)
    }

    @Test(
        "are refused with 400 and the connection where the Host is malformed",
        arguments: [
            ["Host: user@localhost"], ["Host: "], ["Host: localhost:port"], ["Host: [::1"], ["Host: a b"], ["Host: localhost/"],
            [], ["Host: localhost", "Host: localhost"], ["host: localhost", "HOST: evil.example"], ["Host: häst"],
            ["Host: localhost:99999"],
        ])
    func malformedHost(fields: [String]) throws {
        for isLoopback in [true, false] {
            let failure = try #require(try verdict(fields, isLoopback: isLoopback))
            #expect(failure.status == .badRequest)
            #expect(failure.parameter == "Host")
            #expect(failure.closesConnection)
        }
    }

    @Test("need no Host in HTTP/1.0, but a good one if there is one")
    func http10() throws {
        #expect(try verdict([], version: "HTTP/1.0") == nil)
        #expect(try verdict(["Host: evil.example"], version: "HTTP/1.0")?.status == .forbidden)
        #expect(try verdict(["Host: a b"], version: "HTTP/1.0")?.status == .badRequest)
        #expect(try verdict(["Origin: http://evil.example"], version: "HTTP/1.0")?.status == .forbidden)
    }

    @Test(
        "are refused wherever the server listens if the browser says cross-site",
        arguments: [
            ("cross-site", false), ("Cross-Site", false), ("same-origin", true), ("same-site", true), ("none", true),
            ("", true), ("new-word", true),
        ])
    func secFetchSite(value: String, isTaken: Bool) throws {
        for isLoopback in [true, false] {
            let failure = try verdict(["Host: localhost:8080", "Sec-Fetch-Site: \(value)"], isLoopback: isLoopback)
            #expect(failure?.status == (isTaken ? nil : .forbidden))
            #expect(failure?.parameter == (isTaken ? nil : "Sec-Fetch-Site"))
        }
    }

    @Test("are refused as cross-site although their origin is allowed, and if any of several fields says so")
    func crossSiteWins() throws {
        let fields = ["Host: localhost", "Origin: http://app.example", "Sec-Fetch-Site: cross-site"]
        #expect(try verdict(fields, allowed: ["app.example"])?.parameter == "Sec-Fetch-Site")
        #expect(try verdict(["Host: localhost", "Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"])?.status == .forbidden)
    }

    @Test(
        "are none where the Origin is this server's as it was addressed",
        arguments: [
            ("localhost:8080", "http://localhost:8080"), ("localhost", "http://localhost"),
            ("localhost:80", "http://localhost"), ("LocalHost.:8080", "http://localhost:8080"),
            ("[::1]:8080", "http://[::1]:8080"), ("127.0.0.1:8080", "HTTP://127.0.0.1:8080"),
            ("app.localhost", "https://app.localhost"), ("app.localhost:443", "https://app.localhost"),
            ("localhost", "https://localhost:443"),
        ])
    func sameOrigin(host: String, origin: String) throws {
        #expect(try verdict(["Host: \(host)", "Origin: \(origin)"]) == nil)
        #expect(try verdict(["Host: \(host)", "Origin: \(origin)"], isLoopback: false) == nil)
    }

    @Test(
        "are refused wherever the server listens if the Origin is another",
        arguments: [
            "http://evil.example", "null", "", "http://localhost:3000", "http://localhost", "https://localhost",
            "http://127.0.0.1:8080", "http://app.localhost:8080", "http://localhost:8080.evil.example",
            "http://localhost:8080/", "http://localhost:8080 http://evil.example", "http://user@localhost:8080",
            "localhost:8080", "//localhost:8080", "file://", "chrome-extension://localhost:8080", "ws://localhost:8080",
            "http://", "http://localhost:80800", "http://local%68ost:8080", "NULL", "*",
        ])
    func foreignOrigin(origin: String) throws {
        for isLoopback in [true, false] {
            let failure = try #require(try verdict(["Host: localhost:8080", "Origin: \(origin)"], isLoopback: isLoopback))
            #expect(failure.status == .forbidden)
            #expect(failure.parameter == "Origin")
            #expect(!failure.closesConnection)
        }
    }

    @Test(
        "are none where the Origin's host is allowed, on the port if one is named",
        arguments: [
            ("https://app.example", "app.example", true), ("http://app.example:3000", "app.example", true),
            ("http://localhost:3000", "localhost:3000", true), ("http://localhost:3001", "localhost:3000", false),
            ("https://app.example", "app.example:443", true), ("http://app.example", "app.example:443", false),
            ("https://evil.app.example", "app.example", false), ("null", "null", false),
        ])
    func allowedOrigin(origin: String, allowed: String, isAllowed: Bool) throws {
        let failure = try verdict(["Host: localhost:8080", "Origin: \(origin)"], allowed: [allowed])
        #expect(failure?.parameter == (isAllowed ? nil : "Origin"))
    }

    @Test("are refused if any of several origins is foreign")
    func severalOrigins() throws {
        let fields = ["Host: localhost:8080", "Origin: http://localhost:8080", "Origin: http://evil.example"]
        #expect(try verdict(fields)?.parameter == "Origin")
    }

    @Test("in absolute form are for the host in the target, and the Host header must be good as well")
    func absoluteForm() throws {
        let local = "http://localhost:8080/wait"
        #expect(try verdict(["Host: localhost:8080"], target: local) == nil)
        #expect(try verdict(["Host: localhost:8080"], target: "http://evil.example/wait")?.status == .forbidden)
        #expect(try verdict(["Host: evil.example"], target: local)?.status == .forbidden)
        #expect(try verdict(["Host: localhost:1", "Origin: http://localhost:8080"], target: local) == nil)
        #expect(try verdict(["Host: localhost:1", "Origin: http://localhost:1"], target: local)?.parameter == "Origin")
        #expect(try verdict(["Host: a b"], target: local)?.status == .badRequest)
    }

    @Test("are refused for the Host first, then for the site, then for the origin")
    func order() throws {
        let origin = "Origin: http://evil.example"
        #expect(try verdict([origin, "Sec-Fetch-Site: cross-site", "Host: evil.example"])?.parameter == "Host")
        #expect(try verdict([origin, "Sec-Fetch-Site: cross-site", "Host: localhost"])?.parameter == "Sec-Fetch-Site")
    }
}
