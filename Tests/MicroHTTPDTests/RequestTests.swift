import HTTPTypes
import Testing

@testable import MicroHTTPD

@Suite("Header fields of a request")
struct RequestTests {
    private let request = Request(
        method: "GET", target: Array("/".utf8),
        headers: [
            .init(name: "Host", value: "localhost"), .init(name: "ACCEPT", value: "a"), .init(name: "Origin", value: ""),
            .init(name: "accept", value: "b, \u{e4}"), .init(name: "X-" + String(repeating: "x", count: 66), value: "long"),
        ])

    @Test("are found without case, all of one name in their order, and with an empty value")
    func found() throws {
        #expect(request.values(of: .accept) == ["a", "b, \u{e4}"])
        #expect(request.values(of: .origin) == [""])
        #expect(request.values(of: try #require(HTTPField.Name("host"))) == ["localhost"])
        #expect(request.values(of: try #require(HTTPField.Name("x-" + String(repeating: "X", count: 66)))) == ["long"])
    }

    @Test(
        "are not found under another name: of another length, of the same length, or of one that differs by 64",
        arguments: ["Accep", "Cookie", "Accepu", "Xy-X", "hos", "Hosts"])
    func notFound(name: String) throws {
        #expect(request.values(of: try #require(HTTPField.Name(name))) == [])
    }

    @Test("the first of one name is found, and how many there are")
    func first() throws {
        let accept = try #require(request.firstValue(of: .accept))
        #expect(accept == ("a", 2))
        #expect(try #require(request.firstValue(of: .origin)) == ("", 1))
        #expect(request.firstValue(of: .cookie) == nil)
    }

    @Test("what was judged of the head is there when the body is")
    func judgement() {
        let judged = Request(method: "POST", target: Array("/".utf8), hasBody: true)
        #expect(judged.judgement == nil)
        let judgement = Judgement()
        judged.judgement = judgement
        let whole = judged.with(body: [1])
        #expect(whole.judgement === judgement)
        #expect(whole.body == [1])
    }

    @Test("come back as they were given")
    func verbatim() {
        #expect(request.headers.map(\.name).prefix(4) == ["Host", "ACCEPT", "Origin", "accept"])
        #expect(request.headers.map(\.value) == ["localhost", "a", "", "b, \u{e4}", "long"])
        #expect(Request(method: "GET", target: []).headers == [])
    }

    private final class Judgement {}
}

@Suite("The bytes of HTTP's grammar")
struct ByteRulesTests {
    @Test("visible ASCII is told from all else, wherever one other byte stands")
    func visible() {
        for byte in UInt8.min ... .max {
            for place in [0, 15, 16, 31, 32, 40] {
                var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 41)
                bytes[place] = byte
                #expect(isVisible(bytes) == (0x21...0x7E ~= byte))
            }
        }
        #expect(isVisible([]))
    }

    @Test("a token has at least one byte, and none but a token's")
    func token() {
        #expect(isToken("M-SEARCH"))
        for text in ["", "GET ", "G@T", "G\u{e4}T"] { #expect(!isToken(text)) }
    }

    /// A span is nothing that an expectation could keep.
    private func isVisible(_ bytes: [UInt8]) -> Bool { ByteRules.isVisible(bytes.span) }

    private func isToken(_ text: String) -> Bool { ByteRules.isToken(text.utf8.span) }
}
