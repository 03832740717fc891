import HTTPTypes
import MicroHTTPD
import Testing
import Trunkline

@testable import TrunklineHTTP

@Suite("A batch")
struct BatchTests {
    private func request(_ body: String, type: String = "application/x-ndjson") -> Request {
        Request("POST", "/post", ["Content-Type: \(type)"], body: body)
    }

    @Test(
        "posts a notification a line, in order",
        arguments: [
            (#"{"channel":"a","payload":"b"}"#, ["a=b"]), (#"{"payload":"b","channel":"a"}"#, ["a=b"]),
            (#"{"channel":"a"}"#, ["a="]), (#"{"channel":"a","payload":""}"#, ["a="]), ("{\"channel\":\"a\"}\n", ["a="]),
            ("{\"channel\":\"a\"}\r\n{\"channel\":\"b\"}\r\n", ["a=", "b="]),
            ("\n\n{\"channel\":\"a\"}\n \t\r\n{\"channel\":\"b\"}", ["a=", "b="]),
            (" { \"channel\" : \"a\" , \"payload\" : \"b\" } ", ["a=b"]),
            (#"{"channel":"\u00e4","payload":"\ud83d\udc18\n\"\\\/"}"#, ["ä=🐘\n\"\\/"]), (#"{"ch\u0061nnel":"a"}"#, ["a="]),
            (#"{"channel":"ä","payload":"🐘"}"#, ["ä=🐘"]),
            ("{\"channel\":\"a\",\"payload\":\"1\"}\n{\"channel\":\"a\",\"payload\":\"2\"}", ["a=1", "a=2"]),
            ("{\"channel\":\"b\",\"payload\":\"1\"}\n{\"channel\":\"a\",\"payload\":\"1\"}", ["b=1", "a=1"]),
        ])
    func posts(body: String, expected: [String]) throws {
        #expect(try posted(request(body)) == expected)
        #expect(try posted(request(body, type: "Application/X-NDJSON; charset=utf-8")) == expected)
    }

    @Test("may name more channels than a query")
    func manyChannels() throws {
        let body = (0..<2_000).map { #"{"channel":"c\#($0)","payload":"x"}"# }.joined(separator: "\n")
        #expect(try posted(request(body)).count == 2_000)
    }

    @Test("without any object is refused", arguments: ["", "\n", "\r\n\r\n", "  \n\t"])
    func empty(body: String) throws {
        let failure = try postRefusal(request(body))
        #expect(failure.status == .badRequest)
        #expect(failure.detail.contains("empty"))
    }

    @Test(
        "is refused with 400 by line where that is no such object",
        arguments: [
            "x", "[]", "null", "\"a\"", "{", "}", "{}x", #"{"channel":"a"}x"#, #"{"channel":"a"}{"channel":"b"}"#,
            #"{"channel":"a",}"#, #"{,"channel":"a"}"#, #"{"channel" "a"}"#, #"{channel:"a"}"#, #"{'channel':'a'}"#,
            #"{"channel":"a" "payload":"b"}"#, #"{"channel":"a"#, #"{"channel":"a\"#, #"{"channel":"\x41"}"#,
            "{\"channel\":\"a\tb\"}", "\u{FEFF}{\"channel\":\"a\"}", #"{"channel":"a"} // no"#, #"{"channel":"a";}"#,
            #"[{"channel":"a"}]"#, "{\"channel\":\"a\",\"payload\":\"two", #"{"channel":}"#, #"{"channel":1}"#,
            #"{"channel":null}"#, #"{"channel":["a"]}"#, #"{"channel":"a","payload":null}"#,
            #"{"channel":"a","payload":{"b":1}}"#, #"{"channel":"a","payload":true}"#, "{}", #"{"payload":"b"}"#,
            #"{"channel":"a","channel":"a"}"#, #"{"channel":"a","payload":"1","payload":"2"}"#,
            #"{"channel":"a","type":"notification"}"#, #"{"Channel":"a"}"#, #"{"channel":"a","":""}"#, #"{"channel":""}"#,
        ])
    func malformed(line: String) throws {
        let failure = try postRefusal(request("{\"channel\":\"ok\"}\n\n\(line)\n{\"channel\":\"later\"}"))
        #expect(failure.status == .badRequest)
        #expect(failure.detail.hasPrefix("line 3 of the batch"))
        #expect(failure.detail.utf8.count < 250)
    }

    @Test(
        "says which member is wrong",
        arguments: [
            (#"{"channel":1}"#, "channel"), (#"{"payload":"b"}"#, "channel"), (#"{"channel":"a","channel":"b"}"#, "channel"),
            (#"{"channel":""}"#, "channel"), (#"{"channel":"a","payload":1}"#, "payload"),
            (#"{"payload":"","payload":""}"#, "payload"), (#"{"channel":"a","x\ny":1}"#, "x%0Ay"), ("x", nil),
        ])
    func member(line: String, parameter: String?) throws {
        #expect(try postRefusal(request(line)).parameter == parameter)
    }

    @Test(
        "is refused with 422 for what no database can hold",
        arguments: [
            #"{"channel":"a","payload":"\u0000"}"#, #"{"channel":"a\u0000"}"#, #"{"channel":"a","payload":"\ud83d"}"#,
            #"{"channel":"\udc18"}"#, #"{"channel":"a","payload":"\ud83d\ud83d"}"#,
        ])
    func notRepresentable(line: String) throws {
        let failure = try postRefusal(request("\n\(line)"))
        #expect(failure.status == .unprocessableContent)
        #expect(failure.detail.hasPrefix("line 2 of the batch"))
    }

    @Test(
        "is refused where it is no UTF-8", arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) throws {
        let body = Array("{\"channel\":\"ok\"}\n{\"channel\":\"a\",\"payload\":\"".utf8) + bytes + Array("\"}".utf8)
        let failure = try postRefusal(Request("POST", "/post", ["Content-Type: application/x-ndjson"], body: body))
        #expect(failure.status == .badRequest)
        #expect(failure.detail.hasPrefix("line 2 of the batch is not UTF-8"))
    }

    @Test("is refused with 413 for too long a payload in a line")
    func tooLong() throws {
        let line = #"{"channel":"a","payload":"\#(String(repeating: "x", count: 31_997))"}"#
        let failure = try postRefusal(request("{\"channel\":\"ok\"}\n\(line)"))
        #expect(failure.status == .contentTooLarge)
        #expect(failure.detail.hasPrefix("line 2 of the batch"))
        #expect(failure.parameter == "payload")
    }

    @Test(
        "with identical lines is refused, naming both",
        arguments: [
            ("{\"channel\":\"a\"}\n{\"channel\":\"b\"}\n{\"payload\":\"\",\"channel\":\"a\"}", "lines 1 and 3"),
            ("\n{\"channel\":\"a\"}\n\n{\"channel\":\"a\",\"payload\":\"\"}\n{\"channel\":\"a\"}", "lines 2 and 4"),
            ("{\"channel\":\"a\",\"payload\":\"ä\"}\n{\"payload\":\"\\u00e4\", \"channel\":\"\\u0061\"}", "lines 1 and 2"),
        ])
    func identical(body: String, prefix: String) throws {
        let failure = try postRefusal(request(body))
        #expect(failure.status == .unprocessableContent)
        #expect(failure.detail.hasPrefix(prefix))
    }

    @Test("compares bytes, not characters that look the same")
    func composed() throws {
        #expect(
            try posted(request("{\"channel\":\"a\",\"payload\":\"\\u00e4\"}\n{\"channel\":\"a\",\"payload\":\"a\\u0308\"}"))
                .count == 2)
    }

    @Test("is refused for its first problem from top to bottom")
    func firstProblem() throws {
        #expect(try postRefusal(request("{\"channel\":\"a\"}\n{\"channel\":\"a\"}\nx")).detail.hasPrefix("lines 1 and 2"))
        #expect(try postRefusal(request("{\"channel\":\"a\"}\nx\n{\"channel\":\"a\"}")).detail.hasPrefix("line 2"))
    }

    @Test("is read only where the query names no channel")
    func channelInQuery() throws {
        let request = Request("POST", "/post?channel=a", ["Content-Type: application/x-ndjson"], body: "x")
        #expect(try posted(request) == ["a=x"])
    }
}
