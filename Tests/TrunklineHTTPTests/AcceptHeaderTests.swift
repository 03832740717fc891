import MicroHTTPD
import Testing

@testable import TrunklineHTTP

@Suite("The Accept header")
struct AcceptHeaderTests {
    @Test(
        "chooses mode and format by quality, the first of equals",
        arguments: [
            ("text/event-stream", ReadingMode.sse, nil), ("application/x-ndjson", .stream, .json),
            ("application/json", .poll, .json), ("*/*", .poll, nil), ("text/html", .poll, nil), ("text/*", .poll, nil),
            ("text/plain", .poll, nil), ("image/png", .poll, nil), ("", .poll, nil), ("application/*", .poll, nil),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .poll, nil),
            ("application/json, text/plain, */*", .poll, .json), ("text/plain, application/json", .poll, nil),
            ("application/json, text/event-stream", .poll, .json), ("text/event-stream, application/json", .sse, nil),
            ("application/json;q=0.5, text/event-stream", .sse, nil),
            ("application/json;q=0.5, text/event-stream;q=0.4", .poll, .json),
            ("*/*;q=0.1, application/x-ndjson;q=0.2", .stream, .json), ("text/html;q=0.9, application/json", .poll, .json),
            ("text/html, application/json;q=0.9", .poll, nil), ("*/*, text/event-stream;q=0.999", .poll, nil),
            ("TEXT/Event-Stream", .sse, nil), ("application/JSON;charset=utf-8", .poll, .json),
            ("application/json ; q=0.5 , text/event-stream ; Q=0.6", .sse, nil),
            ("application/problem+json, application/json", .poll, .json),
        ] as [(String, ReadingMode, PayloadFormat?)])
    func chooses(value: String, mode: ReadingMode, format: PayloadFormat?) {
        let accept = AcceptHeader(values: [value])
        #expect(accept.mode == mode)
        #expect(accept.format == format)
    }

    @Test(
        "excludes what has quality 0",
        arguments: [
            "application/json;q=0", "application/json;q=0.0", "application/json;q=0.000", "text/event-stream;q=0, */*",
            "*/*;q=0", "application/x-ndjson;q=0, application/json;q=0",
        ])
    func excludes(value: String) {
        let accept = AcceptHeader(values: [value])
        #expect(accept.mode == .poll)
        #expect(accept.format == nil)
        #expect(!accept.prefersJSON)
    }

    @Test(
        "is read past what is malformed",
        arguments: [
            "application/json;q=2", "application/json;q=", "application/json;q=a", "application/json;q=-1",
            "application/json;q=1.1", "application/json;q=0.5.5", "application", "application/", "/json", "application/ json",
            ",", ";", ";q=1", "q=1", "*;q=.2", "application/json;q=10", "application/json;q=.", "application/json;q=1e0",
            "application/jsön",
        ])
    func malformed(element: String) {
        let alone = AcceptHeader(values: [element])
        #expect(alone.mode == .poll && alone.format == nil && !alone.prefersJSON)
        #expect(AcceptHeader(values: ["\(element), text/event-stream;q=0.1"]).mode == .sse)
    }

    @Test("takes commas and semicolons in quoted strings for no separators")
    func quoted() {
        #expect(AcceptHeader(values: [#"text/html;a="x,application/json;q=1";q=0.1, text/event-stream;q=0.2"#]).mode == .sse)
        #expect(AcceptHeader(values: [#"text/html;a="\",text/event-stream";q=0.5"#]).mode == .poll)
        #expect(AcceptHeader(values: [#"application/json;a=";q=0""#]).format == .json)
    }

    @Test("with a quote that never ends says nothing from there on")
    func unclosedQuote() {
        #expect(AcceptHeader(values: [#"text/event-stream;q=0.5, application/json;a="b, text/html"#]).format == .json)
        #expect(AcceptHeader(values: [#"text/event-stream;q=0.5, "application/json"#]).mode == .sse)
    }

    @Test("may be spread over several fields")
    func severalFields() {
        #expect(AcceptHeader(values: ["text/html;q=0.5", "application/json"]).format == .json)
        #expect(AcceptHeader(values: ["text/html", "application/json"]).format == nil)
        #expect(AcceptHeader(Request("GET", "/wait", ["accept: text/event-stream"])).mode == .sse)
    }

    @Test("may be absent, which means text")
    func absent() {
        let accept = AcceptHeader(Request("GET", "/wait"))
        #expect(accept.mode == .poll && accept.format == nil && !accept.prefersJSON)
    }

    @Test("tells qualities apart to the thousandth")
    func thousandths() {
        #expect(AcceptHeader(values: ["text/html;q=0.123, application/json;q=0.124"]).format == .json)
        #expect(AcceptHeader(values: ["text/html;q=0.124, application/json;q=0.123"]).format == nil)
        #expect(AcceptHeader(values: ["application/json;q=0.0001"]).format == .json)
    }

    @Test(
        "says whether answers and errors are better JSON",
        arguments: [
            ("application/json", true), ("application/problem+json", true), ("*/*", false), ("text/html", false),
            ("text/event-stream", false), ("application/x-ndjson", false), ("text/event-stream, application/json;q=0.5", true),
            ("text/html, application/json;q=0.9", false), ("application/json;q=0.5, */*;q=0.1", true),
            ("application/json, text/plain, */*", true), ("application/problem+json;q=0", false),
            ("text/event-stream, */*;q=0.1", false),
        ])
    func prefersJSON(value: String, expected: Bool) {
        #expect(AcceptHeader(values: [value]).prefersJSON == expected)
    }
}
