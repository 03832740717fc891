import HTTPTypes
import MicroHTTPD
import Testing
import Trunkline

@testable import TrunklineHTTP

@Suite("The parameters of /post in the query")
struct PostParametersTests {
    @Test(
        "name channels and payload",
        arguments: [
            ("channel=foo&payload=bar", ["foo=bar"]), ("payload=bar&channel=foo", ["foo=bar"]),
            ("channel=foo&payload=", ["foo="]), ("channel=foo&payload", ["foo="]), ("channel=foo", ["foo="]),
            ("channel=a&channel=b&payload=x", ["a=x", "b=x"]), ("channel=a&channel=a&payload=x", ["a=x"]),
            ("channel=b&channel=a&channel=b", ["b=", "a="]), ("channel=a&payload=x+y", ["a=x y"]),
            ("channel=a&payload=x%2By%26z", ["a=x+y&z"]), ("channel=a&payload=%2525", ["a=%25"]),
            ("channel=A&channel=a&payload=x", ["A=x", "a=x"]), ("channel=a&payload=b=c", ["a=b=c"]),
            ("channel=a&payload=1;payload=2", ["a=1;payload=2"]), ("channel=%C3%A4&payload=%F0%9F%90%98", ["ä=🐘"]),
            ("&channel=a&&payload=x&", ["a=x"]),
        ])
    func query(query: String, expected: [String]) throws {
        for method in ["GET", "POST", "PUT"] {
            let request = Request(method, "/post?\(query)")
            #expect(try posted(request) == expected)
            #expect(PostParameters.refusal(beforeBody: request, try request.parsedTarget()) == nil)
        }
    }

    @Test("count what is posted")
    func count() throws {
        let request = Request("GET", "/post?channel=a&channel=b&channel=a&payload=x")
        #expect(try PostParameters(request, request.parsedTarget()).posted == 2)
    }

    @Test("may hold any bytes but NUL")
    func bytes() throws {
        let request = Request("GET", "/post?channel=%FF&payload=%FE%C0%AF")
        let notifications = try PostParameters(request, request.parsedTarget()).notifications
        #expect(notifications.map(\.channel.bytes) == [[0xFF]])
        #expect(notifications.map(\.payload.bytes) == [[0xFE, 0xC0, 0xAF]])
    }

    @Test(
        "are refused by name where they are wrong",
        arguments: [
            ("", 400, "channel"), ("payload=bar", 400, "channel"), ("payload=", 400, "channel"),
            ("channel=&payload=bar", 400, "channel"), ("channel=a&channel=", 400, "channel"),
            ("channel=a&payload=1&payload=1", 400, "payload"), ("channel=a&pyload=1", 400, "pyload"),
            ("channel=a&since=now", 400, "since"), ("channel=a&Payload=1", 400, "Payload"), ("channel=%00", 422, "channel"),
            ("channel=a&payload=x%00", 422, "payload"), ("channel=\(String(repeating: "a", count: 253))", 400, "channel"),
            ("channel=a&payload=\(String(repeating: "a", count: 31_997))", 413, "payload"), ("x=1&payload=%00", 400, "x"),
            ("payload=%00&x=1", 422, "payload"), ("payload=1&payload=2", 400, "payload"), ("channel=a&=b", 400, ""),
        ])
    func refused(query: String, status: Int, parameter: String) throws {
        for method in ["GET", "POST", "PUT"] {
            let request = Request(method, "/post?\(query)")
            let failure = try postRefusal(request)
            #expect(failure.status.code == status)
            #expect(failure.parameter == parameter)
            #expect(failure.detail.contains(parameter.isEmpty ? "''" : parameter))
            #expect(PostParameters.refusal(beforeBody: request, try request.parsedTarget()) == failure, "the head is enough")
        }
    }

    @Test("leave a payload that fits some encoding to the database")
    func longPayload() throws {
        let payload = String(repeating: "ä", count: 7_999)
        #expect(try posted(Request("POST", "/post?channel=a", body: payload)) == ["a=\(payload)"])
    }

    @Test("take as many channels as the setting says, each once")
    func channelCount() throws {
        let limits = PostLimits(channelCountMax: 3)
        #expect(try posted(Request("GET", "/post?channel=a&channel=b&channel=c&channel=a"), limits: limits).count == 3)
        let failure = try postRefusal(Request("GET", "/post?channel=a&channel=b&channel=c&channel=d"), limits: limits)
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == "channel")
        let hundred = (0..<100).map { "channel=c\($0)" }.joined(separator: "&")
        #expect(try posted(Request("GET", "/post?\(hundred)")).count == 100)
        #expect(try postRefusal(Request("GET", "/post?\(hundred)&channel=more")).parameter == "channel")
    }
}
