import Testing

@testable import Trunkline
@testable import TrunklineHTTP

@Suite("The formats of a stream")
struct StreamFormatTests {
    static let all: [StreamFormat] = [.lines, .objects, .events, .objectEvents]

    @Test("each has its media type")
    func contentTypes() {
        #expect(
            Self.all.map(\.contentType) == [
                "text/plain; charset=utf-8", "application/x-ndjson", "text/event-stream", "text/event-stream",
            ])
        #expect(Self.all.map(\.isOfEvents) == [false, false, true, true])
    }

    @Test("a notification in each")
    func frames() {
        let entry = Sample.entry("a\"b")
        let object =
            #"{"type":"notification","id":"5gq1x.1042","channel":"foo","payload":"a\"b","time":"2026-11-22T10:00:00.123Z"}"#
        let frames = Self.all.map { String(decoding: $0.frame(entry), as: UTF8.self) }
        #expect(
            frames == [
                "a\"b\n", object + "\n", "id: 5gq1x.1042\ndata: a\"b\n\n", "id: 5gq1x.1042\ndata: \(object)\n\n",
            ])
    }

    @Test("all streams of a format share one frame of a recent entry", arguments: all)
    func shared(format: StreamFormat) {
        let renderings = Renderings()
        let entry = Sample.entry("shared", sharing: renderings)
        // All are kept until they are compared, so that no two can have had the same place one after the other.
        let frames = (0..<3).map { _ in format.frame(entry) }
        #expect(Set(frames.map { $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }).count == 1)
        withExtendedLifetime((frames, renderings)) {}
    }

    @Test("a frame of an older entry is the same to the byte", arguments: all)
    func unshared(format: StreamFormat) {
        let renderings = Renderings()
        #expect(format.frame(Sample.entry("a\nb")) == format.frame(Sample.entry("a\nb", sharing: renderings)))
    }

    @Test("JSON says what it listens to and that it lives; text says payloads only")
    func controlLines() {
        let cursor = Sample.cursor(1_041)
        #expect(StreamFormat.lines.prologue(cursor, ["foo"]).isEmpty)
        #expect(StreamFormat.lines.heartbeat(cursor).isEmpty)
        #expect(StreamFormat.lines.farewell().isEmpty)
        #expect(StreamFormat.lines.frame(Sample.gap()) == nil)
        #expect(
            text(StreamFormat.objects.prologue(cursor, ["foo", "b\"r"]))
                == #"{"type":"listening","cursor":"5gq1x.1041","channels":["foo","b\"r"]}"# + "\n")
        #expect(
            text(StreamFormat.objects.prologue(nil, ["foo"])) == #"{"type":"listening","cursor":null,"channels":["foo"]}"#
                + "\n")
        #expect(text(StreamFormat.objects.heartbeat(cursor)) == #"{"type":"heartbeat","cursor":"5gq1x.1041"}"# + "\n")
    }

    @Test("the retry of a farewell is jittered, between one and three seconds")
    func jitter() throws {
        var values: Set<Int> = []
        for _ in 0..<200 {
            let object = try StreamObject(StreamFormat.objects.farewell())
            #expect(object.type == "end" && object.reason == "draining")
            let milliseconds = try #require(object.retry)
            #expect(1_000...3_000 ~= milliseconds)
            values.insert(milliseconds)
        }
        #expect(values.count > 100)
        #expect((values.max() ?? 0) - (values.min() ?? 0) > 1_000)
    }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
