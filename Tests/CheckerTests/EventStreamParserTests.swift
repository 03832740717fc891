import TestSupport
import Testing

@testable import HistoryChecker

@Suite("The reader of event streams")
struct EventStreamParserTests {
    private let stream = Array(
        """
        retry: 2143
        id: e.1
        : listening a

        id: e.2
        data: one
        data:  two

        :

        event: gap
        id: e.3
        data: {}

        id: e.4
        data: half
        """.utf8)

    @Test("cut anywhere, it gives the whole events, and no half one")
    func pieces() {
        var generator = SplitMix64()
        for _ in 0..<100 {
            var parser = EventStreamParser()
            var events: [EventStreamParser.Event] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...rest.count, using: &generator)
                events += parser.take(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            #expect(
                events == [
                    .init(type: "message", data: "one\n two", id: "e.2"), .init(type: "gap", data: "{}", id: "e.3"),
                ], "\(generator)")
            #expect(parser.lastEventID == "e.3", "\(generator)")
        }
    }

    @Test("an id without data counts when its empty line has come")
    func priming() {
        var parser = EventStreamParser()
        #expect(parser.take(Array("id: e.1\n".utf8)) == [])
        #expect(parser.lastEventID == "")
        #expect(parser.take(Array("\n".utf8)) == [])
        #expect(parser.lastEventID == "e.1")
    }
}
