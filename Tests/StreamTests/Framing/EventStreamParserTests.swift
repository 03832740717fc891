import TestSupport
import Testing

/// The parser the other tests rely on, against the examples of WHATWG HTML §9.2.6.
@Suite("The strict parser of event streams")
struct EventStreamParserTests {
    /// What it makes of a whole stream.
    private func events(_ text: String) -> [EventStreamParser.Event] {
        var parser = EventStreamParser()
        return parser.push(text.utf8)
    }

    @Test("several data lines are one event")
    func stockExample() {
        #expect(events("data: YHOO\ndata: +2\ndata: 10\n\n").map(\.text) == ["YHOO\n+2\n10"])
    }

    @Test("comments are none, an id without value resets it, one space is dropped, what is not complete is thrown away")
    func fourBlocks() {
        var parser = EventStreamParser()
        let events = parser.push(
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event".utf8)
        #expect(
            events == [
                .init(type: "message", data: Array("first event".utf8), lastEventID: "1"),
                .init(type: "message", data: Array("second event".utf8), lastEventID: ""),
            ])
        #expect(parser.comments == [" test stream"])
        #expect(!parser.isAtBlockEnd)
        #expect(parser.push("\n\n".utf8).map(\.text) == [" third event"])
        #expect(parser.isAtBlockEnd)
    }

    @Test("data without a colon is empty data")
    func emptyData() {
        #expect(events("data\n\ndata\ndata\n\ndata:").map(\.text) == ["", "\n"])
    }

    @Test("a space after the colon makes no difference")
    func space() {
        let events = events("data:test\n\ndata: test\n\n")
        #expect(events.map(\.text) == ["test", "test"])
    }

    @Test("event names the type, for one event only")
    func types() {
        let events = events("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\ndata: 113411\n\n")
        #expect(events.map(\.type) == ["add", "remove", "message"])
    }

    @Test("CR, LF and CR LF end a line, wherever the bytes are parted", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(end: String) {
        let text = "\u{FEFF}id: 7\(end)data: a\(end)data: b\(end)\(end)data: c\(end)\(end)"
        for place in 0...text.utf8.count {
            var parser = EventStreamParser()
            let events = parser.push(text.utf8.prefix(place)) + parser.push(text.utf8.dropFirst(place))
            #expect(events.map(\.text) == ["a\nb", "c"])
            #expect(events.map(\.lastEventID) == ["7", "7"])
            #expect(parser.faults.isEmpty)
        }
    }

    @Test("an event without data is not dispatched, but its id counts")
    func idOnly() {
        var parser = EventStreamParser()
        #expect(parser.push("retry: 2143\nid: x.1\n: listening foo\n\n".utf8).isEmpty)
        #expect(parser.lastEventID == "x.1")
        #expect(parser.retryMilliseconds == 2_143)
        #expect(parser.comments == [" listening foo"])
    }

    @Test(
        "what others put up with in silence is noted",
        arguments: ["foo: bar\n", "foo\n", "retry: soon\n", "id: a\u{0}b\n", " data: x\n"])
    func faults(line: String) {
        var parser = EventStreamParser()
        _ = parser.push(line.utf8)
        #expect(parser.faults.count == 1)
    }

    @Test("bytes that are no UTF-8 are noted")
    func noUTF8() {
        var parser = EventStreamParser()
        _ = parser.push([0x3A, 0xFF, 0x0A])
        #expect(parser.faults.count == 1)
    }
}
