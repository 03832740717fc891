import TestSupport
import Testing

@Suite("Whom the server answers")
struct AccessTests {
    @Test(
        "a Host that is no loopback name is a 403, so that no page can rebind its name to this machine",
        arguments: ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "[::2]"])
    func foreignHost(host: String) async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "rebound")
            for target in ["/wait?channel=a&timeout=0", "/post?channel=rebound&payload=x", "/healthz", "/channels", "/"] {
                let response = try deployment.server.request("GET", target, ["Host: \(host)"])
                #expect(response.status == 403, "\(target)")
                #expect(response.text.contains("Host"))
            }
            try deployment.server.post("last", to: "rebound")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test(
        "loopback names are answered, with any port and in any case",
        arguments: ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:99", "127.1.2.3", "foo.localhost"])
    func loopbackHost(host: String) async throws {
        try await offPool {
            let response = try Deployment.shared.server.request("GET", "/healthz", ["Host: \(host)"])
            #expect(response.status == 200)
        }
    }

    @Test("a page of another site is refused before anything is posted")
    func foreignSite() async throws {
        try await offPool {
            let deployment = try Deployment.shared
            let listener = try deployment.listener(on: "crossed")
            for fields in [
                ["Origin: https://evil.example"], ["Origin: null"], ["Origin: http://localhost:1"],
                ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: Cross-Site"],
                ["Origin: http://localhost", "Sec-Fetch-Site: cross-site"], ["Origin: http://localhost.evil.example"],
            ] {
                for response in [
                    try deployment.server.request("POST", "/post?channel=crossed", fields, body: Array("x".utf8)),
                    try deployment.server.request("GET", "/post?channel=crossed&payload=x", fields),
                    try deployment.server.request("GET", "/wait?channel=crossed&timeout=0", fields),
                ] {
                    #expect(response.status == 403, "\(fields): \(response.text)")
                    #expect(response.count(of: "Access-Control-Allow-Origin") == 0)
                }
            }
            try deployment.server.post("last", to: "crossed")
            #expect(try listener.payloads(until: "last").isEmpty)
        }
    }

    @Test("the server's own page, and whoever has no page, is answered")
    func ownSite() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            for fields in [
                ["Host: localhost:\(server.port)", "Origin: http://localhost:\(server.port)", "Sec-Fetch-Site: same-origin"],
                ["Host: 127.0.0.1:\(server.port)", "Origin: http://127.0.0.1:\(server.port)"],
                ["Sec-Fetch-Site: none"], ["Sec-Fetch-Site: same-origin"],
            ] {
                let response = try server.request("POST", "/post?channel=own_site", fields, body: Array("x".utf8))
                #expect(response.status == 200, "\(fields): \(response.text)")
            }
        }
    }

    @Test("allowed_hosts lets further names in, with a port or with all, and their pages")
    func allowedHosts() async throws {
        try await offPool {
            let deployment = try Deployment(["--allowed-hosts", "app.example,other.example:8443"])
            for (status, fields) in [
                (200, ["Host: app.example"]), (200, ["Host: APP.example:99"]), (200, ["Host: other.example:8443"]),
                (403, ["Host: other.example:1"]), (403, ["Host: sub.app.example"]), (403, ["Host: third.example"]),
                (200, ["Host: localhost", "Origin: https://app.example"]),
                (200, ["Host: localhost", "Origin: https://other.example:8443"]),
                (403, ["Host: localhost", "Origin: https://other.example"]),
                (403, ["Host: app.example", "Origin: https://app.example", "Sec-Fetch-Site: cross-site"]),
            ] {
                #expect(try deployment.server.request("GET", "/healthz", fields).status == status, "\(fields)")
            }
        }
    }

    @Test("a Host that is missing, doubled or malformed is a 400 that ends the connection")
    func badHost() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            for fields in [
                "", "Host: a b\r\n", "Host: localhost\r\nHost: localhost\r\n", "Host: \r\n", "Host: http://localhost\r\n",
            ] {
                let connection = try server.connect()
                try connection.send("GET /healthz HTTP/1.1\r\n\(fields)\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try connection.readResponse().status == 400, "\(fields.debugDescription)")
                #expect(try connection.readToEnd().isEmpty)
            }
        }
    }

    @Test("the same-origin policy's preflight gets no leave")
    func preflight() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let response = try server.request(
                "OPTIONS", "/post?channel=a", ["Origin: https://evil.example", "Access-Control-Request-Method: POST"])
            #expect([403, 405].contains(response.status))
            #expect(!response.fields.contains { $0.name.lowercased().hasPrefix("access-control") })
        }
    }
}
