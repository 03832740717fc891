import ArgumentParser
import Testing

@testable import TrunklineBench
@testable import TrunklineCommand

@Suite("The flags of trunkline bench")
struct BenchOptionsTests {
    @Test(
        "are refused with a sentence that names the flag and what to give",
        arguments: [
            (["post", "--url", "localhost:8080"], "--url localhost:8080 is no URL: give http://host:port"),
            (["post", "--url", "https://a"], "--url https://a: only http is spoken here"),
            (["post", "--size", "20"], "--size 20: must be between 21 and 7999"),
            (["post", "--size", "8000"], "--size 8000: must be between 21 and 7999"),
            (["post", "--connections", "0"], "--connections 0: must be between 1 and 1000000"),
            (["post", "--rate", "0"], "--rate 0.0: must be more than 0"),
            (["post", "--duration", "0"], "--duration 0: must be more than 0"),
            (["hold", "--duration", "0"], "--duration 0: must be more than 0"),
            (["database", "--duration", "0.0"], "--duration 0: must be more than 0"),
            (["post", "--rate", "nan"], "--rate nan: must be more than 0"),
            (["post", "--count", "0"], "--count 0: must be between 1 and"),
            (["post", "--count", "1", "--duration", "1"], "--duration and --count: give one of them"),
            (["post", "--duration", "soon"], "--duration"),
            (["post", "--header", "X-Y"], "--header X-Y: must be 'name: value'"),
            (["post", "--header", "X: a\r\nY: b"], "on one line"),
            (["post", "--post-path", "post"], "--post-path post: must begin with /"),
            (["fanout", "--wait-path", "/a b"], "--wait-path /a b: must begin with / and hold no space"),
            (["fanout", "--channel-prefix", "a/b"], "--channel-prefix a/b: must be at most 50 letters"),
            (["fanout", "--channels", "11", "--readers", "10"], "--channels 11: must be between 1 and 10"),
            (["fanout", "--mode", "websocket"], "--mode"),
            (["roundtrip", "--pairs", "0"], "--pairs 0: must be between 1 and 10000"),
            (["database", "--connections", "1", "--batch", "1"], "--connections and --batch: give one of them"),
            (["database", "--batch", "0"], "--batch 0: must be between 1 and 10000"),
            (["hold", "--readers", "0"], "--readers 0: must be between 1 and 1000000"),
        ])
    func refused(_ arguments: [String], _ sentence: String) {
        let error = #expect(throws: (any Error).self) { try RootCommand.parseAsRoot(["bench"] + arguments) }
        guard let error else { return }
        #expect(RootCommand.exitCode(for: error) == .validationFailure)
        #expect(RootCommand.fullMessage(for: error).contains(sentence))
    }

    @Test("become the settings of the run")
    func settings() throws {
        let command = try BenchFanoutCommand.parse([
            "--url", "http://127.0.0.1:81", "--server-pid", "1", "--server-pid", "2", "--database-pid", "3", "--header", "A: b",
            "--channel-prefix", "c", "--wait-path", "/w", "--post-path", "/p", "--size", "100", "--warm-up", "0.25", "--count",
            "7",
        ])
        var settings = try command.options.settings()
        command.posting.apply(to: &settings)
        #expect(settings.target.authority == "127.0.0.1:81")
        #expect(settings.serverProcesses == [1, 2])
        #expect(settings.databaseProcesses == [3])
        #expect(settings.fields == ["A: b"])
        #expect(settings.channelPrefix == "c")
        #expect(settings.waitPath == "/w")
        #expect(settings.postPath == "/p")
        #expect(settings.payloadByteCount == 100)
        #expect(settings.warmUp == .milliseconds(250))
        #expect(settings.limit == .count(7))
    }

    @Test("without any, a run takes five seconds of the smallest payloads")
    func defaults() throws {
        let command = try BenchPostCommand.parse([])
        var settings = try command.options.settings()
        command.posting.apply(to: &settings)
        #expect(settings.limit == .duration(.seconds(5)))
        #expect(settings.payloadByteCount == 21)
        #expect(settings.target.authority == "127.0.0.1:8080")
    }
}
