import Testing

@testable import TrunklineHTTP

@Suite("Strings read from JSON")
struct JSONScannerTests {
    @Test(
        "are decoded",
        arguments: [
            (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041""#, "A"),
            (#""\u00e4\u00E4ä""#, "äää"), (#""\u0000""#, "\0"), (#""\ud83d\udc18""#, "🐘"), (#""\uD83D\uDC18x""#, "🐘x"),
            (#""\u2028""#, "\u{2028}"), (#""\ufeff""#, "\u{FEFF}"), (#""\uffff""#, "\u{FFFF}"),
            (#""\udbff\udfff""#, "\u{10FFFF}"), ("\"\u{7F}\"", "\u{7F}"), (#""\\u0041""#, #"\u0041"#), (#""//""#, "//"),
        ])
    func decoded(json: String, expected: String) throws {
        var scanner = JSONScanner(Array(json.utf8)[...])
        let string = try scanner.takeString()
        #expect(string == Array(expected.utf8))
        #expect(scanner.isAtEnd)
    }

    @Test(
        "are refused where they are malformed",
        arguments: [
            "", "abc", "\"", "\"abc", #""\"#, #""\""#, #""\x41""#, #""\a""#, #""\u""#, #""\u004""#, #""\u00g1""#, #""\U0041""#,
            "\"a\nb\"", "\"a\tb\"", "\"a\0b\"", "'abc'", #""\ud83d\u00""#, #""\'""#, #""\u+041""#,
        ])
    func malformed(json: String) {
        var scanner = JSONScanner(Array(json.utf8)[...])
        #expect(throws: JSONScanner.Fault.malformed) { try scanner.takeString() }
    }

    @Test(
        "are refused for half a surrogate pair",
        arguments: [
            #""\ud83d""#, #""\udc18""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\u0041""#, #""\ud83d\ud83d""#,
            #""\udc18\ud83d""#, #""a\uDFFFb""#,
        ])
    func loneSurrogate(json: String) {
        var scanner = JSONScanner(Array(json.utf8)[...])
        #expect(throws: JSONScanner.Fault.loneSurrogate) { try scanner.takeString() }
    }

    @Test("end where they end, and white space is passed over")
    func sequence() throws {
        var scanner = JSONScanner(Array(" \t\r\n\"a\" : \"b\"x".utf8)[...])
        #expect(!scanner.isAtString)
        scanner.skipSpace()
        #expect(scanner.isAtString)
        let first = try scanner.takeString()
        let colonBeforeSpace = scanner.take(":")
        scanner.skipSpace()
        let colon = scanner.take(":")
        scanner.skipSpace()
        let second = try scanner.takeString()
        #expect([text(first), text(second)] == ["a", "b"])
        #expect(!colonBeforeSpace && colon)
        #expect(!scanner.isAtEnd)
        let last = scanner.take("x")
        #expect(last && scanner.isAtEnd)
        let beyond = scanner.take("x")
        #expect(!beyond)
    }

    @Test("know no other white space than JSON's", arguments: ["\u{0B}", "\u{0C}", "\u{A0}", "\u{FEFF}"])
    func otherSpace(space: String) {
        var scanner = JSONScanner(Array("\(space)\"a\"".utf8)[...])
        scanner.skipSpace()
        #expect(!scanner.isAtString)
    }
}
