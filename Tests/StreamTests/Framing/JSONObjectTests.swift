import Foundation
import TestSupport
import Testing

@testable import Trunkline
@testable import TrunklineHTTP

@Suite("JSON objects")
struct JSONObjectTests {
    @Test("a payload is the string it is, whatever it holds", arguments: HostilePayloads.all)
    func payload(payload: String) throws {
        let json = JSONObject.notification(Sample.notification(Array(payload.utf8)))
        #expect(!json.contains { $0 < 0x20 }, "one line")
        let object = try StreamObject(json)
        #expect(object.payload?.utf8.elementsEqual(payload.utf8) == true)
        #expect(object.payloadBase64 == nil)
    }

    @Test("5,000 random payloads come out exact: as a string if they are UTF-8, in base64 if not")
    func randomPayloads() throws {
        var generator = SplitMix64()
        var base64Count = 0
        for _ in 0..<5_000 {
            let payload = HostilePayloads.random(using: &generator)
            let object = try StreamObject(JSONObject.notification(Sample.notification(payload)))
            if String(validating: payload, as: UTF8.self) == nil {
                base64Count += 1
                #expect(object.payload == nil)
                #expect(Data(base64Encoded: try #require(object.payloadBase64)) == Data(payload), "\(generator)")
            } else {
                #expect(object.payloadBase64 == nil)
                #expect(object.payload.map { Array($0.utf8) } == payload, "\(generator)")
            }
        }
        #expect((100..<4_900).contains(base64Count), "both were tested")
    }

    @Test("base64 is that of Foundation, for every length")
    func base64() {
        var generator = SplitMix64()
        for count in 0..<300 {
            let bytes = generator.bytes(count: count)
            #expect(Base64.encoded(bytes) == Array(Data(bytes).base64EncodedString().utf8), "\(generator)")
        }
    }

    @Test("a name that is no UTF-8 is repaired")
    func name() throws {
        let name = try ChannelName(bytes: [0x61, 0xFF])
        let object = try StreamObject(JSONObject.notification(Sample.notification([], channel: name)))
        #expect(object.channel == "a\u{FFFD}")
    }

    @Test(
        "times are RFC 3339 in UTC, with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (1_795_341_600_123, "2026-11-22T10:00:00.123Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func times(milliseconds: Int64, text: String) {
        #expect(JSONObject.timestamp(milliseconds) == text)
    }

    @Test("a gap names its channels and both ends; nothing before it is null")
    func gap() {
        #expect(
            String(decoding: JSONObject.gap(Sample.gap(["a", "b\n"], after: nil)), as: UTF8.self)
                == #"{"type":"gap","reason":"reconnected","channels":["a","b\n"],"after":null,"id":"5gq1x.1050"}"#)
    }

    @Test("the answer of a poll is one object, with the notifications in order")
    func poll() throws {
        struct Answer: Decodable {
            let cursor: String
            let gap: StreamObject?
            let notifications: [StreamObject]
        }
        let entries = [Sample.entry("x", position: 1), Sample.entry("y", position: 2)]
        let both = try JSONDecoder().decode(Answer.self, from: Data(JSONObject.poll(Sample.cursor(2), gap: nil, entries)))
        #expect(both.cursor == "5gq1x.2" && both.gap == nil)
        #expect(both.notifications.map(\.payload) == ["x", "y"])
        let lost = try JSONDecoder().decode(
            Answer.self, from: Data(JSONObject.poll(Sample.cursor(1_050), gap: Sample.gap(), [])))
        #expect(lost.gap?.reason == "reconnected" && lost.notifications.isEmpty)
    }
}
