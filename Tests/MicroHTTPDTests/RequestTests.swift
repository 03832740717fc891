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

    @Test("come back as they were given")
    func verbatim() {
        #expect(request.headers.map(\.name).prefix(4) == ["Host", "ACCEPT", "Origin", "accept"])
        #expect(request.headers.map(\.value) == ["localhost", "a", "", "b, \u{e4}", "long"])
        #expect(Request(method: "GET", target: []).headers == [])
    }
}
