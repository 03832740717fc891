import Logging
import Testing

@testable import TrunklineCommand

@Suite("The log")
struct LogLineTests {
    private func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        LogLine.render(level: .info, message: message, metadata: metadata, at: WallTime(milliseconds: 1_795_341_600_023))
    }

    @Test("has a line of time, level, message and metadata in the order of its keys for each entry")
    func plainLine() {
        #expect(
            line("cannot connect", ["host": "db1", "attempt": "2"])
                == "2026-11-22T10:00:00.023Z info cannot connect attempt=2 host=db1\n")
    }

    @Test("keeps an entry on one line whatever words of others it holds")
    func oneLine() {
        #expect(line("a\nb\r\u{1b}[31m", ["k": "x\ny"]) == "2026-11-22T10:00:00.023Z info a\\nb\\r\\u{1b}[31m k=x\\ny\n")
    }

    @Test("quotes metadata that could be taken for more metadata")
    func quotedMetadata() {
        let line = line("m", ["a": "x b=y", "c": "say \"no\"", "d": "", "e": "größer"])
        #expect(line == "2026-11-22T10:00:00.023Z info m a=\"x b=y\" c=\"say \\\"no\\\"\" d=\"\" e=größer\n")
    }

    @Test(
        "tells the time in UTC with milliseconds",
        arguments: [(0, "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z")])
    func time(_ milliseconds: Int64, _ text: String) {
        #expect("\(WallTime(milliseconds: milliseconds))" == text)
    }
}
