import Foundation
import TestSupport
import Testing
import Trunkline

@testable import TrunklineHTTP

@Suite("Framing of server-sent events")
struct EventFramingTests {
    @Test("the prologue is retry, priming id and comment, and fires nothing")
    func prologue() {
        let bytes = EventFraming.prologue(Sample.cursor(1_041), ["foo", "bar"], retryMilliseconds: 2_143)
        #expect(String(decoding: bytes, as: UTF8.self) == "retry: 2143\nid: 5gq1x.1041\n: listening foo bar\n\n")
        var parser = EventStreamParser()
        #expect(parser.push(bytes).isEmpty)
        #expect(parser.lastEventID == "5gq1x.1041")
    }

    @Test("before a gap the prologue has no id")
    func prologueBeforeGap() {
        let bytes = EventFraming.prologue(nil, ["foo"], retryMilliseconds: 1_000)
        #expect(String(decoding: bytes, as: UTF8.self) == "retry: 1000\n: listening foo\n\n")
    }

    @Test(
        "no name breaks out of the comment",
        arguments: [
            "a b", "a\nb", "a\r\n\r\ndata: x", "\n\n", "€", "%0A", "a\u{2028}b", ":", " ",
        ])
    func names(name: String) throws {
        var parser = EventStreamParser()
        let channel = try ChannelName(name)
        #expect(parser.push(EventFraming.prologue(Sample.cursor(1), [channel], retryMilliseconds: 1_000)).isEmpty)
        #expect(parser.faults.isEmpty)
        #expect(parser.comments.count == 1)
        let shown = parser.comments[0]
        #expect(shown.hasPrefix(" listening ") && shown.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
        #expect(shown.dropFirst(11).removingPercentEncoding == name)
    }

    @Test("a payload is one event, whatever it holds", arguments: HostilePayloads.all)
    func payload(payload: String) {
        check(Array(payload.utf8))
    }

    @Test("20,000 random payloads come out as they went in, but for their line ends")
    func randomPayloads() {
        var generator = SplitMix64()
        for _ in 0..<20_000 {
            let payload = HostilePayloads.random(using: &generator)
            guard check(payload) else {
                Issue.record("\(payload); \(generator)")
                return
            }
        }
    }

    @Test("a frame of lines is written as the contract shows it")
    func frame() {
        let notification = Sample.notification(Array("first line\r\nsecond line".utf8))
        let frame = String(decoding: EventFraming.event(text: notification), as: UTF8.self)
        #expect(frame == "id: 5gq1x.1042\ndata: first line\ndata: second line\n\n")
    }

    @Test("an object is the data as it stands")
    func object() throws {
        var parser = EventStreamParser()
        let events = parser.push(EventFraming.event(json: Sample.notification(Array("a\r\nb\u{2028}".utf8))))
        #expect(events.count == 1)
        #expect(events[0].type == "message")
        let object = try StreamObject(events[0].data)
        #expect(object.payload?.utf8.elementsEqual("a\r\nb\u{2028}".utf8) == true, "exact in JSON, line ends too")
        #expect(object.id == events[0].lastEventID)
    }

    @Test("a gap has a type of its own, and its id")
    func gap() throws {
        var parser = EventStreamParser()
        let events = parser.push(EventFraming.event(Sample.gap()))
        #expect(events.map(\.type) == ["gap"])
        #expect(
            events[0].text
                == #"{"type":"gap","reason":"reconnected","channels":["foo"],"after":"5gq1x.1042","id":"5gq1x.1050"}"#)
        #expect(parser.lastEventID == "5gq1x.1050")
    }

    @Test("heartbeat and farewell fire nothing and keep the id")
    func comments() {
        var parser = EventStreamParser()
        _ = parser.push(EventFraming.event(text: Sample.notification([])))
        #expect(parser.push(EventFraming.heartbeat).isEmpty)
        #expect(parser.push(EventFraming.farewell(retryMilliseconds: 1_234)).isEmpty)
        #expect(parser.comments == [""])
        #expect(parser.retryMilliseconds == 1_234)
        #expect(parser.lastEventID == "5gq1x.1042")
        #expect(parser.faults.isEmpty && parser.isAtBlockEnd)
    }

    /// Frames a payload between two others and expects three events.
    @discardableResult
    private func check(_ payload: [UInt8]) -> Bool {
        var parser = EventStreamParser()
        let notifications = [
            Sample.notification(Array("before".utf8), position: 1), Sample.notification(payload, position: 2),
            Sample.notification(Array("after".utf8), position: 3),
        ]
        let events = notifications.flatMap { parser.push(EventFraming.event(text: $0)) }
        #expect(parser.faults.isEmpty)
        #expect(events.map(\.type) == ["message", "message", "message"])
        #expect(events.map(\.lastEventID) == ["5gq1x.1", "5gq1x.2", "5gq1x.3"])
        let data = events.map(\.data)
        #expect(data == [Array("before".utf8), payload.asEventData, Array("after".utf8)])
        return data.count == 3 && data[1] == payload.asEventData && parser.faults.isEmpty
    }
}
