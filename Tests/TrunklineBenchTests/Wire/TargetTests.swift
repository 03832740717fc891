import Testing

@testable import TrunklineBench

@Suite("The URL of the server")
struct TargetTests {
    @Test(
        "names host and port",
        arguments: [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080, "127.0.0.1:8080"), ("http://a.example/", "a.example", 80, "a.example"),
            ("HTTP://[::1]:81", "::1", 81, "[::1]:81"), ("http://[::1]", "::1", 80, "[::1]"),
        ] as [(String, String, UInt16, String)])
    func good(_ url: String, _ host: String, _ port: UInt16, _ authority: String) throws {
        let target = try Target(url: url)
        #expect(target.host == host)
        #expect(target.port == port)
        #expect(target.authority == authority)
    }

    @Test(
        "is refused with a sentence if it is anything else",
        arguments: [
            ("localhost:8080", "is no URL"), ("https://a.example", "only http is spoken"), ("http://", "give http://host:port"),
            ("http://a:0", "give http://host:port"), ("http://a:65536", "give http://host:port"),
            ("http://a:8080/base", "nothing behind it"), ("http://u@a", "nothing behind it"),
            ("http://a b", "nothing behind it"),
        ])
    func bad(_ url: String, _ sentence: String) {
        let error = #expect(throws: BenchError.self) { try Target(url: url) }
        #expect(error?.description.contains(sentence) == true)
    }

    @Test("of a host that is not there, says who could not be found")
    func unknownHost() {
        let error = #expect(throws: BenchError.self) { try ServerAddress(host: "nowhere.invalid", port: 1) }
        #expect(error?.description.hasPrefix("cannot find nowhere.invalid: ") == true)
    }
}
