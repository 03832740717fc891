import Testing

@testable import TrunklineHTTP

@Suite("Text of a request in a sentence of ours")
struct EchoedTextTests {
    @Test(
        "is quoted, and printable ASCII only",
        arguments: [
            ("limit", "'limit'"), ("", "''"), ("a b", "'a b'"), ("a\r\nSet-Cookie: x", "'a%0D%0ASet-Cookie: x'"),
            ("\u{1B}[31m", "'%1B[31m'"), ("ä", "'%C3%A4'"), ("\u{2028}", "'%E2%80%A8'"), ("\u{7F}", "'%7F'"), ("%zz", "'%zz'"),
        ])
    func printable(text: String, expected: String) {
        #expect(EchoedText(text).description == expected)
    }

    @Test("is cut where it is long")
    func cut() {
        #expect(EchoedText(String(repeating: "a", count: 64)).description == "'\(String(repeating: "a", count: 64))'")
        #expect(EchoedText(String(repeating: "a", count: 65)).description == "'\(String(repeating: "a", count: 64))...'")
        #expect(EchoedText([UInt8](repeating: 0, count: 10_000)).description.utf8.count < 80)
    }

    @Test("takes bytes that are no UTF-8")
    func bytes() {
        #expect(EchoedText([0xFF, 0x00, 0x41]).description == "'%FF%00A'")
    }
}
