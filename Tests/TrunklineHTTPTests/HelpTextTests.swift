import Testing

@testable import TrunklineHTTP

@Suite("The help text")
struct HelpTextTests {
    @Test(
        "has lines to copy, for the host the client used",
        arguments: ["localhost:8080", "example.com", "[::1]:81", "127.0.0.1:9000"])
    func lines(host: String) throws {
        let authority: Authority = try #require(Authority(host))
        let text = HelpText.text(host: authority)
        #expect(text.contains("curl 'http://\(host)/wait?channel=foo'"))
        #expect(text.contains("curl -d 'hello' 'http://\(host)/post?channel=foo'"))
        #expect(text.hasSuffix("\n"))
    }

    @Test("fits one screen")
    func screen() {
        let lines = HelpText.text(host: nil).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 25)
        #expect(lines.allSatisfy { $0.utf8.count <= 80 })
    }

    @Test(
        "names the usual address where the host is absent or nothing for a shell",
        arguments: [nil, "a;rm", "a$(id)", "a'b", "a&b", "a%41", "a!b", "(a)"])
    func hostile(host: String?) throws {
        let text = HelpText.text(host: host.flatMap { Authority($0) })
        #expect(text.contains("'http://localhost:8080/wait?channel=foo'"))
        if let host { #expect(!text.contains(host)) }
    }
}
