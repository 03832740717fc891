import Foundation
import Testing

@testable import TrunklineHTTP

@Suite("Strings written as JSON")
struct JSONStringTests {
    @Test(
        "escape quotes, backslashes and control characters",
        arguments: [
            ("", #""""#), ("a", #""a""#), (#"""#, #""\"""#), (#"\"#, #""\\""#), ("\n\r\t", #""\n\r\t""#), ("\0", #""\u0000""#),
            ("\u{1F}", #""\u001f""#), ("\u{0B}", #""\u000b""#), ("\u{10}", #""\u0010""#), ("\u{7F}", "\"\u{7F}\""),
            ("ä🐘", #""ä🐘""#), ("/", #""/""#),
        ])
    func escapes(plain: String, expected: String) {
        var json: [UInt8] = []
        JSONString.append(plain.utf8, to: &json)
        #expect(text(json) == expected)
    }

    @Test("are read back the same, by ours and by Foundation's reader")
    func roundTrip() throws {
        let plain = String(String.UnicodeScalarView((0...0x17F).compactMap(Unicode.Scalar.init))) + "\u{2028}\u{FFFF}🐘"
        var json: [UInt8] = []
        JSONString.append(plain.utf8, to: &json)
        #expect(try JSONDecoder().decode(String.self, from: Data(json)) == plain)
        var scanner = JSONScanner(json[...])
        let string = try scanner.takeString()
        #expect(text(string) == plain)
        #expect(scanner.isAtEnd)
    }
}
