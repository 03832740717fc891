import Testing

@testable import TrunklineHTTP

@Suite("The fields of a query or a form")
struct FormFieldsTests {
    private func fields(_ text: String, in range: Range<Int>? = nil) throws(RequestFailure) -> [String] {
        let bytes = Array(text.utf8)
        return try FormFields(bytes, in: range ?? bytes.indices, .form).map {
            "\(TrunklineHTTPTests.text($0.name))=\(TrunklineHTTPTests.text($0.value))"
        }
    }

    @Test(
        "are the same, whether something in them is to be decoded or not",
        arguments: ["", "&", "a", "=", "a=", "=a", "a=b", "a=b=c", "a&b", "&&a=1&&b=2&", "a=1&a=1", "a=1&=&b"])
    func sameEitherWay(text: String) throws {
        let plain = try fields(text)
        #expect(try fields(text + "&%78+=%79+") == plain + ["x =y "])
        #expect(try fields("%78+=%79+&" + text) == ["x =y "] + plain)
    }

    @Test("end where they end, and begin where they begin")
    func range() throws {
        #expect(try fields("%zz?a=1&b=2&%zz", in: 4..<11) == ["a=1", "b=2"])
        #expect(try fields("a=%41%42", in: 0..<5) == ["a=A"])
    }

    @Test("are known by their whole names")
    func names() throws {
        for field in FormFields() { Issue.record("there is none: \(field)") }
        let bytes = Array("channel=a&Channel=b&channels=c&chann%65l=d".utf8)
        let named = try FormFields(bytes, in: bytes.indices, .query).filter { $0.isNamed("channel") }
        #expect(named.map { TrunklineHTTPTests.text($0.value) } == ["a", "d"])
    }

    @Test("with malformed percent-encoding are refused before any is read")
    func malformed() throws {
        let failure = try #require(refusal { () throws(RequestFailure) in try fields("a=1&b%=2&c=%zz") })
        #expect(failure.parameter == "b%25")
        #expect(failure.detail.hasPrefix("the field of the form 'b%' has '%=2', which is no percent-encoding"))
    }
}
