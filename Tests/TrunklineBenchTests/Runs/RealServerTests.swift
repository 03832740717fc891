import TestSupport
import Testing

@testable import TrunklineBench

@Suite("A run against Trunkline", .timeLimit(.minutes(2)))
struct RealServerTests {
    @Test("fans out to readers of every mode, and nothing is lost", arguments: ReadingMode.allCases)
    func fanout(_ mode: ReadingMode) async throws {
        let result = try await offPoolRun(.fanout) { settings in
            settings.mode = mode
            settings.readerCount = 20
            settings.channelCount = 4
            settings.posterCount = 3
            settings.payloadByteCount = 500
        }
        #expect(result.isClean == true, "\(result)")
        #expect(result.count == 500)
        #expect(result.server?.residentBytesPerConnection != nil)
    }

    @Test("goes to and fro in every mode, and nothing has to be repeated", arguments: ReadingMode.allCases)
    func roundtrip(_ mode: ReadingMode) async throws {
        let result = try await offPoolRun(.roundtrip) { settings in
            settings.mode = mode
            settings.readerCount = 4
            settings.posterCount = 4
            settings.channelCount = 4
        }
        #expect(result.isClean == true, "\(result)")
        #expect(result.count == 100)
    }

    @Test(
        "posts, in the body and in the query, different payloads and the same one",
        arguments: [("/post?channel={channel}", false), ("/post?channel={channel}&payload={payload}", true)])
    func post(_ path: String, _ isConstant: Bool) async throws {
        let result = try await offPoolRun(.post) { settings in
            settings.postPath = path
            settings.isPayloadConstant = isConstant
            settings.posterCount = 8
        }
        #expect(result.isClean == true, "\(result)")
        #expect(result.count == 100)
        #expect(result.postLatency != nil)
    }

    @Test("holds readers of every mode", arguments: ReadingMode.allCases)
    func hold(_ mode: ReadingMode) async throws {
        let result = try await offPoolRun(.hold) { settings in
            settings.mode = mode
            settings.readerCount = 50
            settings.channelCount = 50
            settings.limit = .duration(.milliseconds(50))
        }
        #expect(result.isClean == true, "\(result)")
        #expect(result.standingCount == 50)
    }

    @Test("is told what a name that the server refuses is refused for")
    func refused() async throws {
        let result = try await offPoolRun(.post) { $0.postPath = "/post?channel=" }
        #expect(result.faults.refusals.map(\.status) == [400])
        #expect(result.faults.refusals.first?.text.contains("channel") == true)
    }

    private func offPoolRun(
        _ work: Benchmark.Work, _ change: @Sendable (inout BenchSettings) -> Void
    ) async throws -> BenchResult {
        let server = try await offPool { try Deployment.shared.server }
        return try await run(work, server.url) { settings in
            settings.serverProcesses = [server.pid]
            change(&settings)
        }
    }
}
