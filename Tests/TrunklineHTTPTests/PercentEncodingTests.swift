import Testing

@testable import TrunklineHTTP

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test(
        "is decoded once",
        arguments: [
            ("", ""), ("abc", "abc"), ("a%20b", "a b"), ("%41%4a%4A", "AJJ"), ("%2520", "%20"), ("%25", "%"), ("a%2Fb", "a/b"),
            ("%F0%9F%90%98", "🐘"), ("ä", "ä"),
        ])
    func decoded(encoded: String, expected: String) {
        let bytes = PercentEncoding.decoded(Array(encoded.utf8)[...], plusIsSpace: false)
        #expect(bytes.map(text) == expected)
    }

    @Test("decodes any byte, also NUL and what is no UTF-8", arguments: UInt8.min...UInt8.max)
    func everyByte(byte: UInt8) {
        var encoded: [UInt8] = []
        PercentEncoding.appendEscape(of: byte, to: &encoded)
        #expect(PercentEncoding.decoded(encoded[...], plusIsSpace: true) == [byte])
        #expect(PercentEncoding.decoded(Array(PercentEncoding.encoded([byte]).utf8)[...], plusIsSpace: true) == [byte])
    }

    @Test("leaves overlong UTF-8 as the bytes it is")
    func overlong() {
        #expect(PercentEncoding.decoded(Array("%C0%AF".utf8)[...], plusIsSpace: true) == [0xC0, 0xAF])
    }

    @Test("makes a space of a plus only where that is asked for")
    func plus() {
        #expect(PercentEncoding.decoded(Array("a+b%2Bc".utf8)[...], plusIsSpace: true).map(text) == "a b+c")
        #expect(PercentEncoding.decoded(Array("a+b%2Bc".utf8)[...], plusIsSpace: false).map(text) == "a+b+c")
    }

    @Test(
        "is refused where two hexadecimal digits do not follow",
        arguments: [
            ("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%4", "%4"), ("%%41", "%%4"), ("%4g", "%4g"), ("%g4", "%g4"),
            ("ok%20%u0041", "%u0"), ("% 1", "% 1"), ("%+1", "%+1"), ("%0x", "%0x"), ("%４1", "%\u{FFFD}"),
        ])
    func malformed(encoded: String, culprit: String) {
        let bytes = Array(encoded.utf8)[...]
        #expect(PercentEncoding.decoded(bytes, plusIsSpace: true) == nil)
        #expect(PercentEncoding.firstMalformed(in: bytes).map(text) == culprit)
    }

    @Test("finds nothing malformed in what is well-formed")
    func wellFormed() {
        #expect(PercentEncoding.firstMalformed(in: Array("a%20b%FF+c".utf8)[...]) == nil)
    }

    @Test("decodes a slice from the middle of a buffer")
    func slice() {
        let bytes = Array("xx%41yy".utf8)
        #expect(PercentEncoding.decoded(bytes[2..<5], plusIsSpace: true).map(text) == "A")
        #expect(PercentEncoding.decoded(bytes[2..<4], plusIsSpace: true) == nil)
    }

    @Test(
        "is written with capital digits around everything that is not unreserved",
        arguments: [
            ("foo", "foo"), ("A-z_0.9~", "A-z_0.9~"), ("a b", "a%20b"), ("a\r\nb", "a%0D%0Ab"), ("ä", "%C3%A4"),
            ("50%", "50%25"), ("a+b/c?d&e=f", "a%2Bb%2Fc%3Fd%26e%3Df"), ("\"'\\", "%22%27%5C"), ("", ""),
        ])
    func encoded(plain: String, expected: String) {
        #expect(PercentEncoding.encoded(plain.utf8) == expected)
    }
}
