import Testing
import Trunkline

@testable import TrunklineHTTP

@Suite("One notification as text")
struct TextFormatTests {
    @Test(
        "is the payload and a line feed",
        arguments: [
            ("bar", "bar\n"), ("", "\n"), ("a\nb", "a\nb\n"), ("a\r\n", "a\r\n\n"), ("ä🐘", "ä🐘\n"),
            ("\u{FEFF}x", "\u{FEFF}x\n"),
        ])
    func line(payload: String, expected: String) throws {
        #expect(TextFormat.line(try Payload(payload)) == Array(expected.utf8))
    }

    @Test(
        "is repaired where it is no UTF-8",
        arguments: [
            ([0xFF], "\u{FFFD}\n"), ([0x61, 0xFF, 0x62], "a\u{FFFD}b\n"), ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}\n"),
            ([0xE2, 0x82], "\u{FFFD}\n"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\n"),
        ] as [([UInt8], String)])
    func repaired(bytes: [UInt8], expected: String) throws {
        #expect(TextFormat.line(try Payload(bytes: bytes)) == Array(expected.utf8))
    }

    @Test("is exact to the byte when raw", arguments: [[], [0x61], [0xFF, 0x0A], [0xC0, 0xAF, 0x0D]] as [[UInt8]])
    func raw(bytes: [UInt8]) throws {
        #expect(TextFormat.raw(try Payload(bytes: bytes)) == bytes)
    }

    @Test(
        "names its channel percent-encoded in the header",
        arguments: [
            ("foo", "foo"), ("a b", "a%20b"), ("a\r\nX: y", "a%0D%0AX%3A%20y"), ("ä", "%C3%A4"), ("50%", "50%25"),
            ("A.b-c_d~e", "A.b-c_d~e"),
        ])
    func channel(name: String, expected: String) throws {
        #expect(TextFormat.headerValue(try ChannelName(name)) == expected)
    }

    @Test("names a channel of any bytes")
    func channelBytes() throws {
        #expect(TextFormat.headerValue(try ChannelName(bytes: [0xFF, 0x41])) == "%FFA")
    }
}
