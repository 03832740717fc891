import MicroHTTPD
import Testing

@testable import TrunklineHTTP

@Suite("Mode and format of /wait")
struct ModeAndFormatTests {
    private func wait(_ query: String, accept: String? = nil) throws(RequestFailure) -> WaitParameters {
        let request = Request("GET", "/wait?\(query)", accept.map { ["Accept: \($0)"] } ?? [])
        return try WaitParameters(request, request.parsedTarget())
    }

    @Test(
        "come from the query first and from Accept for what it leaves open",
        arguments: [
            ("", nil, .poll, .text), ("mode=poll", nil, .poll, .text), ("mode=stream", nil, .stream, .text),
            ("mode=sse", nil, .sse, .text), ("format=raw", nil, .poll, .raw), ("format=json", nil, .poll, .json),
            ("mode=stream&format=json", nil, .stream, .json), ("format=json&mode=sse", nil, .sse, .json),
            ("format=raw&mode=poll", nil, .poll, .raw), ("format=raw&limit=1", nil, .poll, .raw),
            ("", "text/event-stream", .sse, .text), ("", "application/x-ndjson", .stream, .json),
            ("", "application/json", .poll, .json), ("", "*/*", .poll, .text), ("", "text/html,*/*;q=0.8", .poll, .text),
            ("mode=poll", "text/event-stream", .poll, .text), ("mode=stream", "application/json", .stream, .json),
            ("mode=sse", "application/json", .sse, .json), ("mode=poll", "application/x-ndjson", .poll, .json),
            ("mode=sse", "application/x-ndjson", .sse, .json), ("mode=stream", "text/event-stream", .stream, .text),
            ("format=text", "application/json", .poll, .text), ("format=text", "application/x-ndjson", .stream, .text),
            ("format=json", "text/event-stream", .sse, .json), ("format=raw", "application/json", .poll, .raw),
            ("mode=poll&format=text", "text/event-stream", .poll, .text),
            ("mode=sse&format=text", "application/json", .sse, .text),
            ("mode=poll&format=raw", "application/x-ndjson", .poll, .raw),
        ] as [(String, String?, ReadingMode, PayloadFormat)])
    func chosen(query: String, accept: String?, mode: ReadingMode, format: PayloadFormat) throws {
        let parameters = try wait("channel=a&\(query)", accept: accept)
        #expect(parameters.mode == mode)
        #expect(parameters.format == format)
    }

    @Test(
        "are refused where raw payloads would run together",
        arguments: [
            ("format=raw&mode=stream", nil, "format"), ("format=raw&mode=sse", nil, "format"),
            ("format=raw&mode=stream&limit=1", nil, "format"), ("format=raw&limit=2", nil, "limit"),
            ("format=raw&mode=poll&limit=1000", nil, "limit"), ("format=raw", "text/event-stream", "format"),
            ("format=raw", "application/x-ndjson", "format"),
        ] as [(String, String?, String)])
    func raw(query: String, accept: String?, parameter: String) throws {
        let failure = try #require(refusal { () throws(RequestFailure) in try wait("channel=a&\(query)", accept: accept) })
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == parameter)
        #expect(failure.detail.contains("raw"))
    }

    @Test(
        "let several channels be told apart",
        arguments: [
            ("", nil, .poll, .text), ("limit=1", nil, .poll, .text), ("format=text", nil, .poll, .text),
            ("format=raw", nil, .poll, .raw), ("format=json", nil, .poll, .json), ("format=json&limit=1000", nil, .poll, .json),
            ("mode=stream&limit=1", nil, .stream, .text), ("mode=stream&format=json", nil, .stream, .json),
            ("mode=sse", nil, .sse, .json), ("mode=sse&limit=5", nil, .sse, .json), ("mode=sse&format=json", nil, .sse, .json),
            ("", "text/event-stream", .sse, .json), ("limit=9", "application/json", .poll, .json),
            ("mode=sse", "text/plain", .sse, .json), ("mode=stream", "application/json", .stream, .json),
        ] as [(String, String?, ReadingMode, PayloadFormat)])
    func severalChannels(query: String, accept: String?, mode: ReadingMode, format: PayloadFormat) throws {
        let parameters = try wait("channel=a&channel=b&\(query)", accept: accept)
        #expect(parameters.mode == mode)
        #expect(parameters.format == format)
    }

    @Test(
        "are refused where several channels could not be told apart",
        arguments: [
            ("limit=2", nil, "channel"), ("mode=stream", nil, "channel"), ("mode=stream&limit=2", nil, "channel"),
            ("mode=stream&format=text", "application/json", "channel"), ("limit=2&format=text", "application/json", "channel"),
            ("mode=sse&format=text", nil, "format"), ("format=text", "text/event-stream", "format"),
            ("mode=sse&format=text&limit=1", nil, "format"), ("limit=3", "text/html", "channel"),
        ] as [(String, String?, String)])
    func notToldApart(query: String, accept: String?, parameter: String) throws {
        let failure = try #require(
            refusal { () throws(RequestFailure) in try wait("channel=a&channel=b&\(query)", accept: accept) })
        #expect(failure.status == .badRequest)
        #expect(failure.parameter == parameter)
        #expect(failure.detail.contains("tell them apart"))
    }

    @Test("take the same channel twice for one", arguments: ["limit=5", "mode=stream", "mode=sse&format=text"])
    func sameChannelTwice(query: String) throws {
        #expect(try wait("channel=a&channel=a&\(query)").format == .text)
    }
}
