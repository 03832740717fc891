import HTTPTypes
import MicroHTTPD
import Testing
import Trunkline

@testable import TrunklineHTTP

@Suite("The body of a post")
struct PostBodyTests {
    private static let form = "Content-Type: application/x-www-form-urlencoded"

    @Test(
        "is the payload, verbatim, where the query names the channel and no payload",
        arguments: [
            (form, "text"), (form, "channel=x&payload=y"), (form, "100%zz+"), ("Content-Type: application/json", #"{"a":1}"#),
            ("Content-Type: application/x-ndjson", "{}\n{}\n"), ("Content-Type: text/plain", "a\r\nb\n"),
            ("X-None: 1", "no type"), ("Content-Type: ", "empty type"), ("Content-Encoding: ", "plain"),
            ("Content-Encoding: ", "plain"), (form, ""),
        ])
    func verbatim(field: String, body: String) throws {
        for method in ["GET", "POST", "PUT"] {
            #expect(try posted(Request(method, "/post?channel=foo", [field], body: body)) == ["foo=\(body)"])
        }
    }

    @Test("goes to every channel the query names")
    func fanOut() throws {
        #expect(try posted(Request("POST", "/post?channel=a&channel=b&channel=a", body: "x")) == ["a=x", "b=x"])
    }

    @Test("may be any bytes but NUL")
    func bytes() throws {
        let request = Request("POST", "/post?channel=a", body: [0xFF, 0x0A, 0xC0])
        #expect(try PostParameters(request, request.parsedTarget()).notifications.map(\.payload.bytes) == [[0xFF, 0x0A, 0xC0]])
        let failure = try postRefusal(Request("POST", "/post?channel=a", body: [0x61, 0x00]))
        #expect(failure.status == .unprocessableContent)
        #expect(failure.parameter == "payload")
    }

    @Test(
        "is a form where the query names nothing",
        arguments: [
            ("channel=foo&payload=bar", ["foo=bar"]), ("payload=bar&channel=foo", ["foo=bar"]), ("channel=foo", ["foo="]),
            ("channel=a&channel=b&channel=a&payload=x", ["a=x", "b=x"]), ("channel=a&payload=x+y%2B", ["a=x y+"]),
            ("channel=a&&payload=&", ["a="]), ("channel=a&payload=x\n", ["a=x\n"]), ("channel=a&payload=ä", ["a=ä"]),
            ("channel=a&payload={\"b\":\"c;d\"}", ["a={\"b\":\"c;d\"}"]),
        ])
    func formFields(body: String, expected: [String]) throws {
        #expect(try posted(Request("POST", "/post", [Self.form], body: body)) == expected)
        #expect(try posted(Request("GET", "/post?", [Self.form], body: body)) == expected)
    }

    @Test(
        "is refused by the field's name where a form is wrong",
        arguments: [
            ("payload=x", 400, "channel"), ("channel=&payload=x", 400, "channel"),
            ("channel=a&payload=x&payload=x", 400, "payload"), ("channel=a&chanel=b", 400, "chanel"),
            ("channel=a&payload=%zz", 400, "payload"), ("channel=%4&payload=x", 400, "channel"),
            ("channel=a&payload=%00", 422, "payload"), ("channel=%00", 422, "channel"), ("&", 400, "channel"),
            ("channel=a&payload=\(String(repeating: "x", count: 31_997))", 413, "payload"),
            (#"{"channel":"a"}"#, 400, "%7B%22channel%22%3A%22a%22%7D"),
        ])
    func badForm(body: String, status: Int, parameter: String) throws {
        let request = Request("POST", "/post", [Self.form], body: body)
        let failure = try postRefusal(request)
        #expect(failure.status.code == status)
        #expect(failure.parameter == parameter)
        #expect(!failure.closesConnection, "the body was read")
        #expect(PostParameters.refusal(beforeBody: request, try request.parsedTarget()) == nil, "only the body tells")
    }

    @Test("takes no more channels in a form than the setting says")
    func formChannelCount() throws {
        let request = Request("POST", "/post", [Self.form], body: "channel=a&channel=b&channel=c&payload=x")
        #expect(try postRefusal(request, limits: PostLimits(channelCountMax: 2)).parameter == "channel")
    }

    @Test(
        "has a type that is read without regard to case and parameters",
        arguments: [
            "application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded",
            "application/x-www-form-urlencoded;x", "application/x-www-form-urlencoded ; charset=utf-8",
        ])
    func formType(type: String) throws {
        #expect(try posted(Request("POST", "/post", ["content-type: \(type)"], body: "channel=a")) == ["a="])
    }

    @Test(
        "is refused with 415 for any other type where the query names no channel",
        arguments: [
            ["Content-Type: application/json"], ["Content-Type: text/plain"], ["Content-Type: application/octet-stream"], [],
            ["Content-Type: "], ["Content-Type: application/ndjson"], ["Content-Type: application/x-www-form-urlencodedx"],
            ["Content-Type: multipart/form-data; boundary=x"], [form, "Content-Type: text/plain"], ["Content-Type: x"],
        ])
    func otherType(fields: [String]) throws {
        try expect415(Request("POST", "/post", fields, body: "channel=a&payload=b"))
    }

    @Test(
        "is refused with 415 wherever the channel is if it is multipart or coded",
        arguments: [
            ["Content-Type: multipart/form-data; boundary=x"], ["Content-Type: Multipart/Mixed"],
            ["Content-Type: text/plain", "content-type: multipart/x"], ["Content-Encoding: gzip"], ["Content-Encoding: GZIP"],
            ["Content-Encoding: identity, gzip"], ["Content-Encoding: br", form],
            ["Content-Encoding: identity", "Content-Encoding: deflate"], ["Content-Encoding: identity"],
        ])
    func unreadable(fields: [String]) throws {
        for target in ["/post", "/post?channel=a", "/post?channel=a&payload=b"] {
            try expect415(Request("POST", target, fields, body: "x"))
        }
    }

    private func expect415(_ request: Request) throws {
        var failure = try postRefusal(request)
        #expect(failure.status == .unsupportedMediaType)
        #expect(failure.parameter?.hasPrefix("Content-") == true)
        failure.closesConnection = true
        #expect(PostParameters.refusal(beforeBody: request, try request.parsedTarget()) == failure, "the body need not be read")
    }

    @Test("that is coded is refused with the codings that are taken")
    func acceptEncoding() throws {
        let failure = try postRefusal(Request("POST", "/post?channel=a", ["Content-Encoding: gzip"], body: "x"))
        #expect(failure.headers[.acceptEncoding] == "identity")
        #expect(try postRefusal(Request("POST", "/post", body: "x")).headers[.acceptEncoding] == nil)
    }

    @Test("that is not there is refused for its type if that is multipart or coded, and for no other")
    func absent() throws {
        for field in ["Content-Type: multipart/form-data", "Content-Encoding: gzip"] {
            for target in ["/post?channel=a&payload=b", "/post?channel=a", "/post"] {
                let failure = try postRefusal(Request("POST", target, [field, "Content-Length: 0"]))
                #expect(failure.status == .unsupportedMediaType)
            }
        }
        #expect(try postRefusal(Request("POST", "/post", ["Content-Type: text/plain"])).parameter == "channel")
        #expect(try postRefusal(Request("POST", "/post", [Self.form])).parameter == "channel")
    }

    @Test("is refused beside a payload in the query")
    func besidePayload() throws {
        let request = Request("POST", "/post?channel=a&payload=b", ["Content-Length: 1"], body: "x")
        let failure = try postRefusal(request)
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == "payload")
        let early = try #require(PostParameters.refusal(beforeBody: request, try request.parsedTarget()))
        #expect(early.detail == failure.detail)
        #expect(early.closesConnection)
    }

    @Test("that comes in chunks is refused beside a payload only if it is not empty")
    func chunksBesidePayload() throws {
        let empty = Request("POST", "/post?channel=a&payload=b", ["Transfer-Encoding: chunked"])
        #expect(PostParameters.refusal(beforeBody: empty, try empty.parsedTarget()) == nil)
        #expect(try posted(empty) == ["a=b"])
        let full = Request("POST", "/post?channel=a&payload=b", ["Transfer-Encoding: chunked"], body: "x")
        #expect(try postRefusal(full).status == .badRequest)
    }

    @Test(
        "is refused as too large as soon as its length is known",
        arguments: [
            ("/post", "1048577", "body"), ("/post", "99999999999999999999999", "body"), ("/post?channel=a", "31997", "payload"),
            ("/post?channel=a", "2000000", "payload"),
        ])
    func tooLarge(target: String, length: String, named: String) throws {
        let request = Request("POST", target, [Self.form, "Content-Length: \(length)"])
        let failure = try #require(PostParameters.refusal(beforeBody: request, try request.parsedTarget()))
        #expect(failure.status == .contentTooLarge)
        #expect(failure.detail.hasPrefix("the \(named) is too large"))
        #expect(failure.closesConnection)
    }

    @Test("is taken up to the setting, and not beyond, also in chunks", arguments: [(20, true), (21, false)])
    func bodyLimit(count: Int, isTaken: Bool) throws {
        let limits = PostLimits(bodyBytesMax: 20)
        let body = "channel=" + String(repeating: "a", count: count - 8)
        for length in ["Content-Length: \(count)", "Transfer-Encoding: chunked"] {
            let request = Request("POST", "/post", [Self.form, length], body: body)
            let failure = refusal { () throws(RequestFailure) in try posted(request, limits: limits) }
            #expect(failure?.status == (isTaken ? nil : .contentTooLarge))
        }
    }

    @Test("is judged after the query, its type before its length")
    func order() throws {
        let fields = ["Content-Type: multipart/form-data", "Content-Length: 9999999"]
        #expect(try postRefusal(Request("POST", "/post?x=1", fields, body: "x")).parameter == "x")
        #expect(try postRefusal(Request("POST", "/post?payload=1", fields, body: "x")).status == .unsupportedMediaType)
        #expect(try postRefusal(Request("POST", "/post?channel=a", fields, body: "x")).status == .unsupportedMediaType)
    }

    @Test("that will not be read ends the connection, none does not")
    func closes() throws {
        let with = Request("POST", "/post?x=1", ["Content-Length: 3"], body: "abc")
        #expect(PostParameters.refusal(beforeBody: with, try with.parsedTarget())?.closesConnection == true)
        let without = Request("POST", "/post?x=1")
        #expect(PostParameters.refusal(beforeBody: without, try without.parsedTarget())?.closesConnection == false)
    }
}
