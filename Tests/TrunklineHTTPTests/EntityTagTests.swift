import Testing

@testable import TrunklineHTTP

@Suite("If-None-Match")
struct EntityTagTests {
    @Test(
        "gives the cursor of its one tag",
        arguments: [
            (#""e.1""#, "e.1"), (#"W/"e.1""#, "e.1"), (#" "e.1" "#, "e.1"), (#""e.1","#, "e.1"), (#", "e.1""#, "e.1"),
            (#""a,b""#, "a,b"), (#"" ""#, " "),
        ])
    func one(value: String, expected: String) {
        #expect(EntityTag.only(in: [value]) == expected)
    }

    @Test(
        "counts as absent where it is empty, a list or an asterisk",
        arguments: [
            [], [""], [#""""#], [#"W/"""#], ["*"], [#""a", "b""#], [#""a", "a""#], [#"W/"a","b""#], [#""a""#, #""b""#], [","],
            [#"*, "a""#], [#""", "a""#],
        ])
    func absent(values: [String]) {
        #expect(EntityTag.only(in: values) == nil)
    }

    @Test(
        "gives what is no tag as it is, so that it can be told as unreadable",
        arguments: ["e.1", #""e.1"#, #"e.1""#, #"w/"e.1""#, "W/e.1", #""a" b"#, "\""])
    func unreadable(value: String) {
        #expect(EntityTag.only(in: [value]) == value)
    }
}
