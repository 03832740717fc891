import Testing

@testable import Trunkline

@Suite("Names and payloads")
struct NamingTests {
    // With a literal, the initializers would be those of `ExpressibleByStringLiteral`, which trap.
    private func name(_ text: String) throws -> ChannelName { try ChannelName(text) }

    private func payload(_ text: String) throws -> Payload { try Payload(text) }

    @Test("a name has at least one byte and no NUL")
    func emptyAndNUL() throws {
        #expect(#expect(throws: TrunklineError.self) { try name("") }?.code == .channelInvalid)
        #expect(#expect(throws: TrunklineError.self) { try name("a\0b") }?.code == .notRepresentable)
        #expect(try name("a").bytes == [0x61])
    }

    @Test("63 bytes are a name and 64 are none, also where a character of several bytes stands across the limit")
    func limit() throws {
        let encoding = TextEncoding.utf8
        #expect(try encoding.wireBytes(of: name(String(repeating: "n", count: 63))).count == 63)
        #expect(try encoding.wireBytes(of: name(String(repeating: "n", count: 61) + "é")).count == 63)
        for text in [
            String(repeating: "n", count: 64), String(repeating: "n", count: 62) + "é", String(repeating: "€", count: 22),
        ] {
            #expect(#expect(throws: TrunklineError.self) { try encoding.wireBytes(of: name(text)) }?.code == .channelInvalid)
        }
    }

    @Test("a name that is too long for any encoding is refused at once")
    func tooLongForAll() throws {
        #expect(try name(String(repeating: "n", count: 252)).bytes.count == 252)
        #expect(#expect(throws: TrunklineError.self) { try name(String(repeating: "n", count: 253)) }?.code == .channelInvalid)
    }

    @Test("names are told apart by bytes: case counts, and so does the composition of an accent")
    func identity() throws {
        #expect(try name("Foo") != name("foo"))
        #expect(try name("\u{E9}") != name("e\u{301}"))
    }

    @Test("a name is shown as text, and quoted for the log with its control characters escaped")
    func description() throws {
        #expect(try name("grün").description == "grün")
        #expect(try ChannelName(bytes: [0xFF]).description == "\u{FFFD}")
        #expect(try name("a\r\n\"b").quoted == #""a\r\n\"b""#)
    }

    @Test("a payload of 7,999 bytes is taken and one of 8,000 is not; an empty one is")
    func payloads() throws {
        let encoding = TextEncoding.utf8
        for count in [0, 7_999] {
            #expect(try encoding.wireBytes(of: payload(String(repeating: "x", count: count)), on: "foo").count == count)
        }
        let long = try payload(String(repeating: "x", count: 7_998) + "é")
        let error = #expect(throws: TrunklineError.self) { try encoding.wireBytes(of: long, on: "foo") }
        #expect(error?.code == .payloadTooLarge)
        #expect(error?.channel == "foo")
        #expect(error?.message.contains("8000 bytes") == true)
    }

    @Test("a payload has no NUL, and may be any other bytes until its encoding is known")
    func payloadBytes() throws {
        #expect(#expect(throws: TrunklineError.self) { try payload("a\0") }?.code == .notRepresentable)
        let noText = try Payload(bytes: [0xFF, 0x80])
        #expect(try TextEncoding.bytes.wireBytes(of: noText, on: "foo") == [0xFF, 0x80])
        #expect(
            #expect(throws: TrunklineError.self) { try TextEncoding.utf8.wireBytes(of: noText, on: "foo") }?.code
                == .notRepresentable)
    }
    @Test("one byte is found wherever it stands, in a payload of any length: NUL, and one that is no ASCII")
    func oneByte() throws {
        for byteCount in 1..<100 {
            for place in 0..<byteCount {
                var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: byteCount)
                bytes[place] = 0
                #expect(throws: TrunklineError.self) { try Payload(bytes: bytes) }
                bytes[place] = 0xFF
                #expect(TextEncoding.utf8.encode(bytes) == nil)
                bytes[place] = 0x7F
                #expect(TextEncoding.utf8.encode(try Payload(bytes: bytes).bytes) == bytes)
            }
        }
    }
}
