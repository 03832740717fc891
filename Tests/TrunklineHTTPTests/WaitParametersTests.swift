import HTTPTypes
import MicroHTTPD
import Testing
import Trunkline

@testable import TrunklineHTTP

@Suite("The parameters of /wait")
struct WaitParametersTests {
    private func wait(
        _ query: String, _ fields: [String] = [], method: String = "GET", channelCountMax: Int = 100
    ) throws(RequestFailure) -> WaitParameters {
        let request = Request(method, "/wait?\(query)", fields)
        return try WaitParameters(request, request.parsedTarget(), channelCountMax: channelCountMax)
    }

    private func failure(_ query: String, _ fields: [String] = [], channelCountMax: Int = 100) throws -> RequestFailure {
        try #require(
            refusal { () throws(RequestFailure) in try wait(query, fields, channelCountMax: channelCountMax) },
            "\(query) is to be refused")
    }

    @Test("have defaults for all but the channel")
    func defaults() throws {
        let parameters = try wait("channel=foo")
        #expect(parameters.channels == ["foo"])
        #expect(parameters.start == .now)
        #expect(parameters.since == nil)
        #expect(parameters.timeout == nil)
        #expect(parameters.limit == 1)
        #expect(parameters.mode == .poll)
        #expect(parameters.format == .text)
    }

    @Test("are all read")
    func all() throws {
        let parameters = try wait("limit=7&format=json&since=e.5&channel=b&timeout=1.5&mode=stream&channel=a")
        #expect(parameters.channels == ["b", "a"])
        #expect(parameters.start == .since("e.5"))
        #expect(parameters.since == "e.5")
        #expect(parameters.timeout == .milliseconds(1_500))
        #expect(parameters.limit == 7)
        #expect(parameters.mode == .stream)
        #expect(parameters.format == .json)
    }

    @Test("give a stream no limit of its own", arguments: ["stream", "sse"])
    func streamLimit(mode: String) throws {
        #expect(try wait("channel=a&mode=\(mode)").limit == nil)
        #expect(try wait("channel=a&mode=\(mode)&limit=1000").limit == 1_000)
    }

    @Test(
        "name each channel once, in order",
        arguments: [
            ("channel=a&channel=a", ["a"]), ("channel=a&channel=b&channel=a&channel=b", ["a", "b"]),
            ("channel=A&channel=a", ["A", "a"]), ("channel=a&channel=%61", ["a"]), ("channel=a+b", ["a b"]),
            ("channel=a%2Bb", ["a+b"]), ("channel=%C3%A4", ["ä"]),
            ("channel=c&channel=b&channel=a&channel=b&channel=c", ["c", "b", "a"]), ("channel=now", ["now"]),
        ])
    func channels(query: String, expected: [String]) throws {
        #expect(try wait("\(query)&format=json").channels.map(\.description) == expected)
    }

    @Test("take 100 distinct channels, however often each is named, and no more")
    func channelCount() throws {
        let hundred = (0..<100).map { "channel=c\($0)" }.joined(separator: "&")
        #expect(try wait("format=json&\(hundred)&\(hundred)").channels.count == 100)
        let failure = try failure("format=json&\(hundred)&\(hundred)&channel=one-more")
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == "channel")
        #expect(failure.detail.contains("100"))
    }

    @Test("take fewer channels where the setting says so")
    func channelCountSetting() throws {
        #expect(try wait("channel=a&channel=b&format=json", channelCountMax: 2).channels.count == 2)
        #expect(try failure("channel=a&channel=b&channel=c&format=json", channelCountMax: 2).detail.contains("more than 2"))
    }

    @Test(
        "are refused with 400 and their name where they are wrong",
        arguments: [
            ("", "channel"), ("timeout=1", "channel"), ("channel", "channel"), ("channel=", "channel"),
            ("channel=a&channel=", "channel"), ("channel=\(String(repeating: "a", count: 253))", "channel"),
            ("Channel=a", "Channel"), ("channel=a&chanel=b", "chanel"), ("channel=a&x", "x"), ("channel=a&=b", ""),
            ("channel=a&payload=b", "payload"), ("channel=a&limit", "limit"), ("channel=a&limit=", "limit"),
            ("channel=a&limit=0", "limit"), ("channel=a&limit=1001", "limit"), ("channel=a&limit=-1", "limit"),
            ("channel=a&limit=%2B1", "limit"), ("channel=a&limit=1.0", "limit"), ("channel=a&limit=1e2", "limit"),
            ("channel=a&limit=ten", "limit"), ("channel=a&limit=99999999999999999999", "limit"),
            ("channel=a&limit=+1", "limit"), ("channel=a&limit=%D9%A1", "limit"), ("channel=a&timeout=", "timeout"),
            ("channel=a&timeout=-1", "timeout"), ("channel=a&timeout=nan", "timeout"), ("channel=a&timeout=inf", "timeout"),
            ("channel=a&timeout=1e3", "timeout"), ("channel=a&timeout=86400.01", "timeout"),
            ("channel=a&timeout=30s", "timeout"), ("channel=a&timeout=+1", "timeout"), ("channel=a&mode=", "mode"),
            ("channel=a&mode=POLL", "mode"), ("channel=a&mode=push", "mode"), ("channel=a&mode=sse%00", "mode"),
            ("channel=a&format=", "format"), ("channel=a&format=xml", "format"), ("channel=a&format=JSON", "format"),
            ("channel=a&limit=1&limit=1", "limit"), ("channel=a&timeout=1&timeout=2", "timeout"),
            ("channel=a&since=&since=", "since"), ("channel=a&since=now&since=now", "since"),
            ("channel=a&mode=sse&mode=sse", "mode"), ("channel=a&format=json&format=text", "format"),
        ])
    func refused(query: String, parameter: String) throws {
        let failure = try failure(query)
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == parameter)
        #expect(failure.detail.contains(parameter.isEmpty ? "''" : parameter))
        #expect(!failure.closesConnection)
    }

    @Test("are refused with 422 where a channel holds NUL")
    func nul() throws {
        let failure = try failure("channel=a%00b")
        #expect(failure.status == .unprocessableContent)
        #expect(failure.parameter == "channel")
    }

    @Test(
        "are refused for the first problem from left to right, then a missing channel, then what does not go together",
        arguments: [
            ("limit=0&timeout=x", "limit"), ("timeout=x&limit=0", "timeout"), ("x=1&limit=0", "x"), ("limit=0&x=1", "limit"),
            ("limit=1&x=1&limit=2", "x"), ("format=raw&mode=sse", "channel"),
            ("format=raw&mode=sse&limit=0&channel=a", "limit"), ("channel=&channel=a%00", "channel"),
            ("channel=a&format=raw&mode=sse&limit=9", "format"),
        ])
    func firstProblem(query: String, parameter: String) throws {
        #expect(try failure(query).parameter == parameter)
    }

    @Test("quote a hostile name in one short line")
    func hostileName() throws {
        let failure = try failure("channel=a&%0d%0aSet-Cookie:%20x\(String(repeating: "y", count: 5_000))=1")
        #expect(failure.detail.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
        #expect(failure.detail.utf8.count < 250)
        #expect(try #require(failure.parameter).utf8.count < 200)
    }

    @Test("let a header win over since, but still hand on what since was")
    func headerWins() throws {
        let parameters = try wait("channel=a&since=junk", ["Last-Event-ID: e.9"])
        #expect(parameters.start == .lastEventID("e.9"))
        #expect(parameters.since == "junk")
        #expect(try wait("channel=a&since=now").since == nil)
        #expect(try wait("channel=a&since=").since == nil)
    }

    @Test("have a sentence for a since that is no cursor")
    func sinceUnreadable() {
        let failure = WaitParameters.sinceUnreadable("a\nb")
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == "since")
        #expect(failure.detail.contains("'a%0Ab'"))
    }

    @Test("are the same for HEAD, but that several channels need not be told apart")
    func head() throws {
        #expect(try wait("channel=a&channel=b&limit=5", method: "HEAD").channels == ["a", "b"])
        #expect(refusal { () throws(RequestFailure) in try wait("limit=0&channel=a", method: "HEAD") }?.parameter == "limit")
    }
}
