import Testing

@testable import TrunklineHTTP

@Suite("Seconds as decimals")
struct DurationDecimalTests {
    @Test(
        "are read exactly",
        arguments: [
            ("0", Duration.zero), ("1", .seconds(1)), ("60", .seconds(60)), ("86400", .seconds(86_400)),
            ("0.5", .milliseconds(500)), ("1.25", .milliseconds(1_250)), ("0.001", .milliseconds(1)),
            ("0.000000001", .nanoseconds(1)), ("0.0000000019", .nanoseconds(1)), (".5", .milliseconds(500)),
            ("5.", .seconds(5)), ("007", .seconds(7)), ("86400.000", .seconds(86_400)),
            ("86399.999999999", .seconds(86_400) - .nanoseconds(1)), ("0.10", .milliseconds(100)),
            ("00000000000000000000000000000000001", .seconds(1)),
        ])
    func read(text: String, expected: Duration) {
        #expect(Duration(decimalSeconds: text.utf8, secondsMax: 86_400) == expected)
    }

    @Test(
        "are refused where they are anything else",
        arguments: [
            "", ".", "-1", "-0", "+1", " 1", "1 ", "1s", "1e3", "1E3", "0x10", "nan", "inf", "infinity", "NaN", "1.2.3", "..",
            "1,5", "١", "1_000", "86401", "86400.1", "86400.0000000000000001", "99999999999999999999999999", "1\0", "one",
            "1.5e0", "1.-5",
        ])
    func refused(text: String) {
        #expect(Duration(decimalSeconds: text.utf8, secondsMax: 86_400) == nil)
    }
}
