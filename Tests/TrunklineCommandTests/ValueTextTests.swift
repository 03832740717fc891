import Testing

@testable import TrunklineCommand

@Suite("Values as text")
struct ValueTextTests {
    @Test(
        "seconds are read exactly",
        arguments: [
            ("0", Duration.zero), ("60", .seconds(60)), ("0.1", .milliseconds(100)), ("007.50", .milliseconds(7_500)),
            ("0.000000000000000001", Duration(secondsComponent: 0, attosecondsComponent: 1)),
            ("9223372036854775807", .seconds(Int64.max)),
        ])
    func secondsAreRead(_ text: String, _ duration: Duration) {
        #expect(DecimalSeconds(text)?.duration == duration)
    }

    @Test(
        "what is no plain number of seconds is refused",
        arguments: [
            "", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", "1.2.3", "0x10", " 1", "1 ", "1s", "nan", "inf", "١",
            "0.0000000000000000001", "9223372036854775808",
        ])
    func secondsAreRefused(_ text: String) {
        #expect(DecimalSeconds(text) == nil)
    }

    @Test("seconds are shown as they are written", arguments: ["0", "60", "0.1", "7.5", "3600.000000000000000001"])
    func secondsAreShown(_ text: String) throws {
        #expect(try #require(DecimalSeconds(text)).description == text)
    }

    @Test(
        "bytes are read plain and in binary units",
        arguments: [
            ("0", 0), ("16384", 16_384), ("16KiB", 16_384), ("16 KiB", 16_384), ("8MiB", 8_388_608), ("1 GiB", 1 << 30),
            ("7 B", 7), ("9223372036854775807", Int.max),
        ])
    func bytesAreRead(_ text: String, _ count: Int) {
        #expect(ByteSize(text)?.count == count)
    }

    @Test(
        "what is no number of bytes is refused",
        arguments: [
            "", "KiB", "-1", "+1", "1.5MiB", "1KB", "1kib", "1 K", "1KiB ", "1 KiB x", "1_000", "9223372036854775808",
            "9223372036854775807KiB",
        ])
    func bytesAreRefused(_ text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test(
        "bytes are shown in the largest unit that fits",
        arguments: [
            (0, "0 B"), (1, "1 B"), (1_023, "1023 B"), (1_024, "1 KiB"), (1_536, "1536 B"), (8 << 20, "8 MiB"),
            (3 << 30, "3 GiB"),
        ])
    func bytesAreShown(_ count: Int, _ text: String) {
        #expect(ByteSize(count: count).description == text)
    }
}
