import Foundation
import TestSupport
import Testing

@Suite("Refusals")
struct RefusalTests {
    /// A request that is refused, and what the refusal must name.
    struct Refused: CustomTestStringConvertible {
        let status: Int
        let request: String
        let words: [String]
        var fields: [String] = []
        var body: [UInt8]?

        init(_ status: Int, _ request: String, _ words: String..., fields: [String] = [], body: String? = nil) {
            self.status = status
            self.request = request
            self.words = words
            self.fields = fields
            self.body = body.map { Array($0.utf8) }
        }

        var method: String { String(request.prefix { $0 != " " }) }
        var target: String { String(request.drop { $0 != " " }.dropFirst()) }
        /// The same in a request that accepts JSON, which must not choose the format of the payload as well.
        var targetOfText: String {
            let isPlain = target.hasPrefix("/wait?") && !target.contains("format=") && !target.contains("mode=")
            return isPlain ? "\(target)&format=text" : target
        }
        var testDescription: String { "\(request) \(fields) \(body.map { String(decoding: $0, as: UTF8.self) } ?? "")" }
    }

    private static let form = "Content-Type: application/x-www-form-urlencoded"
    private static let lines = "Content-Type: application/x-ndjson"

    static let waits: [Refused] = [
        Refused(400, "GET /wait", "channel", "missing"), Refused(400, "GET /wait?channel=", "channel", "empty"),
        Refused(400, "GET /wait?channel=a&chanel=b", "chanel", "unknown"),
        Refused(400, "GET /wait?channel=a&payload=b", "payload", "unknown"),
        Refused(400, "GET /wait?channel=a&timeout=1&timeout=1", "timeout", "twice"),
        Refused(400, "GET /wait?channel=a&limit=1&limit=1", "limit", "twice"),
        Refused(400, "GET /wait?channel=a&limit=0", "limit", "1000"), Refused(400, "GET /wait?channel=a&limit=1001", "limit"),
        Refused(400, "GET /wait?channel=a&limit=%2B1", "limit"), Refused(400, "GET /wait?channel=a&limit=1.5", "limit"),
        Refused(400, "GET /wait?channel=a&mode=push", "mode", "poll"), Refused(400, "GET /wait?channel=a&mode=", "mode"),
        Refused(400, "GET /wait?channel=a&format=xml", "format", "raw"),
        Refused(400, "GET /wait?channel=a&format=raw&limit=2", "limit", "raw"),
        Refused(400, "GET /wait?channel=a&format=raw&mode=sse", "format"),
        Refused(400, "GET /wait?channel=a&channel=b&limit=2", "channel", "limit=1"),
        Refused(400, "GET /wait?channel=%zz", "%"), Refused(400, "GET /wait?channel=a%", "%"),
        Refused(400, "GET /wait?channel=a%4", "%"), Refused(400, "GET /wait?chan%6&channel=a", "%"),
        Refused(422, "GET /wait?channel=%FF&timeout=0", "encoding"),
        Refused(422, "GET /wait?channel=%C0%80&timeout=0", "encoding"),
        Refused(422, "GET /wait?channel=%ED%A0%80&timeout=0", "encoding"),
    ]

    static let posts: [Refused] = [
        Refused(400, "GET /post", "channel"), Refused(400, "POST /post", "channel"),
        Refused(400, "GET /post?payload=x", "channel", "missing"),
        Refused(400, "GET /post?channel=a&channle=b", "channle", "unknown"),
        Refused(400, "GET /post?channel=a&payload=b&payload=b", "payload", "twice"),
        Refused(400, "GET /post?channel=&payload=b", "channel", "empty"),
        Refused(400, "POST /post?channel=a&payload=b", "payload", "body", body: "c"),
        Refused(400, "POST /post?channel=a&payload=%G0", "%"),
        Refused(400, "POST /post", "channel", fields: [form], body: "payload=x"),
        Refused(400, "POST /post", "channel", fields: [form], body: "channel=&payload=x"),
        Refused(400, "POST /post", "x", "unknown", fields: [form], body: "channel=a&x=y"),
        Refused(400, "POST /post", "payload", "twice", fields: [form], body: "channel=a&payload=x&payload=x"),
        Refused(400, "POST /post", "%", fields: [form], body: "channel=a&payload=%"),
        Refused(400, "POST /post", "empty", fields: [lines], body: ""),
        Refused(400, "POST /post", "empty", fields: [lines], body: "\n\n"),
        Refused(400, "POST /post", "line 2", fields: [lines], body: "{\"channel\":\"a\"}\nnonsense\n"),
        Refused(400, "POST /post", "line 1", "channel", fields: [lines], body: #"{"payload":"a"}"#),
        Refused(400, "POST /post", "line 1", "extra", fields: [lines], body: #"{"channel":"a","extra":"b"}"#),
        Refused(400, "POST /post", "line 1", "payload", fields: [lines], body: #"{"channel":"a","payload":null}"#),
        Refused(415, "POST /post", "body of type", body: "channel=a&payload=b"),
        Refused(415, "POST /post", "text/plain", fields: ["Content-Type: text/plain"], body: "x"),
        Refused(415, "POST /post", "application/json", fields: ["Content-Type: application/json"], body: "{}"),
        Refused(
            415, "POST /post?channel=a", "multipart/form-data", fields: ["Content-Type: multipart/form-data; boundary=x"],
            body: "x"),
        Refused(415, "POST /post?channel=a", "gzip", fields: ["Content-Encoding: gzip"], body: "x"),
        Refused(422, "POST /post?channel=%FE", "encoding", body: "x"),
    ]

    static let paths: [Refused] = [
        Refused(404, "GET /nothing", "/nothing", "/wait"), Refused(404, "GET /wait/", "/wait/"), Refused(404, "GET //wait"),
        Refused(404, "GET /Wait?channel=a"), Refused(404, "POST /wait2", body: "x"), Refused(404, "GET /favicon.ico"),
        Refused(404, "GET /../wait?channel=a"), Refused(404, "GET /%2E%2E/etc/passwd"),
    ]

    @Test("a poll that is refused says which parameter, what was wrong and what to do, as text or as JSON", arguments: waits)
    func wait(refused: Refused) async throws {
        try await check(refused)
    }

    @Test("a post that is refused says so in the same way", arguments: posts)
    func post(refused: Refused) async throws {
        try await check(refused)
    }

    @Test("a path that nobody knows is a 404", arguments: paths)
    func path(refused: Refused) async throws {
        try await check(refused)
    }

    /// The problem document of RFC 9457.
    private struct Problem: Decodable {
        let type: String
        let title: String
        let status: Int
        let detail: String
    }

    private func check(_ refused: Refused) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let text = try server.request(refused.method, refused.target, refused.fields, body: refused.body)
            #expect(text.status == refused.status, "\(text.text)")
            #expect(text["Content-Type"] == "text/plain; charset=utf-8")
            #expect(text["X-Content-Type-Options"] == "nosniff")
            #expect(text.body.last == 10 && text.body.count { $0 == 10 } == 1, "one line: \(text.text)")
            for word in refused.words { #expect(text.text.contains(word), "\(word) is missing in: \(text.text)") }

            let json = try server.request(
                refused.method, refused.targetOfText, refused.fields + ["Accept: application/json"], body: refused.body)
            #expect(json.status == refused.status)
            #expect(json["Content-Type"] == "application/problem+json")
            let problem = try JSONDecoder().decode(Problem.self, from: Data(json.body))
            #expect(problem.status == refused.status)
            #expect(problem.type == "about:blank")
            #expect(problem.title == text.reason)
            #expect(problem.detail + "\n" == text.text)
        }
    }

    @Test(
        "a method that a path does not take is a 405 that names those it takes",
        arguments: [
            ("OPTIONS", "/wait?channel=a", "GET, HEAD"), ("TRACE", "/wait?channel=a", "GET, HEAD"),
            ("POST", "/wait?channel=a", "GET, HEAD"), ("get", "/wait?channel=a", "GET, HEAD"), ("FOO", "/", "GET, HEAD"),
            ("DELETE", "/post?channel=a", "GET, POST, PUT"), ("post", "/post?channel=a", "GET, POST, PUT"),
            ("PATCH", "/post?channel=a", "GET, POST, PUT"), ("POST", "/healthz", "GET, HEAD"),
            ("PUT", "/channels", "GET, HEAD"),
        ])
    func method(method: String, target: String, allowed: String) async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let response = try server.request(method, target)
            #expect(response.status == 405)
            #expect(response["Allow"] == allowed)
            #expect(response.text.contains(method))
        }
    }

    @Test("what a client sends never starts a line or drives a terminal in the answer or in the log")
    func echoed() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            for target in ["/wait?%0D%0ASet-Cookie:x=1&channel=a", "/wait?channel=a&mode=%1B%5B31m", "/%0A%0D%1B%5B2J"] {
                let response = try server.request("GET", target)
                #expect([400, 404].contains(response.status))
                #expect(response.body.dropLast().allSatisfy { 0x20..<0x7F ~= $0 }, "\(response.text)")
                #expect(response.count(of: "Set-Cookie") == 0)
            }
        }
    }
}
