import MicroHTTPD
import Testing

@testable import TrunklineHTTP

@Suite("Where a reader goes on")
struct StartingPointTests {
    private static let lastEventID = "Last-Event-ID: e.1"
    private static let ifNoneMatch = #"If-None-Match: "e.3""#

    @Test(
        "is the first of Last-Event-ID, since and If-None-Match",
        arguments: [
            ([], nil, .now), ([lastEventID], nil, .lastEventID("e.1")), ([], "e.2", .since("e.2")),
            ([ifNoneMatch], nil, .ifNoneMatch("e.3")), ([lastEventID], "e.2", .lastEventID("e.1")),
            ([lastEventID], "now", .lastEventID("e.1")), ([lastEventID, ifNoneMatch], nil, .lastEventID("e.1")),
            ([ifNoneMatch, lastEventID], "e.2", .lastEventID("e.1")), ([ifNoneMatch], "e.2", .since("e.2")), ([], "now", .now),
            ([ifNoneMatch], "now", .now), ([ifNoneMatch], "", .ifNoneMatch("e.3")), (["Last-Event-ID: "], "e.2", .since("e.2")),
            (["Last-Event-ID:", ifNoneMatch], "", .ifNoneMatch("e.3")), ([#"If-None-Match: """#], nil, .now),
            (["If-None-Match: *"], "", .now), ([#"If-None-Match: "a", "b""#], nil, .now),
            ([#"If-None-Match: W/"e.3""#], nil, .ifNoneMatch("e.3")), ([], "NOW", .since("NOW")),
            (["last-event-id: now"], nil, .lastEventID("now")), (["If-None-Match: junk"], nil, .ifNoneMatch("junk")),
        ] as [([String], String?, StartingPoint)])
    func precedence(fields: [String], since: String?, expected: StartingPoint) {
        #expect(StartingPoint(Request("GET", "/wait", fields), since: since) == expected)
    }

    @Test("keeps the cursor as the client wrote it")
    func cursorText() {
        #expect(StartingPoint.now.cursorText == nil)
        #expect(StartingPoint.since("a").cursorText == "a")
        #expect(StartingPoint.lastEventID("b").cursorText == "b")
        #expect(StartingPoint.ifNoneMatch("c").cursorText == "c")
    }
}
