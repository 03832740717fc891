import Foundation
import Glibc
import TestSupport
import Testing

@testable import TrunklineBench

@Suite("The command trunkline bench", .timeLimit(.minutes(1)))
struct BenchCommandTests {
    /// The executable lies beside the tests.
    private static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "trunkline").path

    @Test("prints what it found, for people", arguments: ["post", "fanout", "roundtrip", "hold"])
    func report(_ work: String) async throws {
        let server = try FakeServer()
        let outcome = try await offPool { [arguments = arguments(work, server)] in
            try ChildProcess.run(Self.executable, arguments + ["--server-pid", "\(getpid())"])
        }
        #expect(outcome.exit == .code(0), "\(outcome.errors)")
        let names = outcome.text.split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").first }
        let readers = ["readers", work == "hold" ? "held" : "rate"]
        let expected = [
            "post": ["rate", "posts"], "fanout": readers + ["latency", "posts", "checked"],
            "roundtrip": readers + ["latency", "posts", "checked"], "hold": readers,
        ]
        // A busy machine makes the generator warn.
        #expect(names.filter { $0 != "warning:" }.map(String.init) == (expected[work] ?? []) + ["server", "generator"])
        #expect(outcome.text.hasPrefix("\(work) at \(server.url)\n"))
        // Not a terminal: no progress.
        #expect(outcome.errors == "")
    }

    @Test("prints one JSON object, which holds the same")
    func json() async throws {
        let server = try FakeServer(.init(loses: 10))
        let outcome = try await offPool { [arguments = arguments("fanout", server)] in
            try ChildProcess.run(Self.executable, arguments + ["--json"])
        }
        let result = try JSONDecoder().decode(BenchResult.self, from: Data(outcome.output))
        #expect(result.work == .fanout)
        #expect(result.deliveries?.missing == 5)
        #expect(result.rate > 0)
        #expect(outcome.exit == .code(1))
    }

    @Test("ends early with its result on SIGINT")
    func interrupt() async throws {
        let server = try FakeServer()
        try await offPool {
            let process = try ChildProcess(
                Self.executable,
                ["bench", "post", "--url", server.url, "--connections", "1", "--duration", "3600", "--warm-up", "0"])
            try blockUntil("it posts") { server.postCount > 10 }
            process.signal(SIGINT)
            #expect(try process.waitForExit() == .code(0))
            #expect(process.output.text.contains("interrupted"), "\(process.output.text)")
        }
    }

    @Test("ends with 69 and a sentence when nobody answers")
    func unreachable() async throws {
        let port = try RawConnection.unusedPort()
        let outcome = try await offPool {
            try ChildProcess.run(Self.executable, ["bench", "hold", "--url", "http://127.0.0.1:\(port)"])
        }
        #expect(outcome.exit == .code(69))
        #expect(outcome.errors == "cannot reach http://127.0.0.1:\(port): connect: Connection refused\n")
    }

    @Test("ends with 70 when a process that is to be measured is not there")
    func noProcess() async throws {
        let server = try FakeServer()
        let outcome = try await offPool { [arguments = arguments("hold", server)] in
            try ChildProcess.run(Self.executable, arguments + ["--server-pid", "999999999"])
        }
        #expect(outcome.exit == .code(70))
        #expect(outcome.errors == "there is no process 999999999\n")
    }

    private func arguments(_ work: String, _ server: FakeServer) -> [String] {
        let more = [
            "post": ["--connections", "2", "--count", "50"], "fanout": ["--readers", "5", "--count", "10"],
            "roundtrip": ["--pairs", "2", "--mode", "sse", "--count", "20"], "hold": ["--readers", "5", "--duration", "0.1"],
        ]
        return ["bench", work, "--url", server.url] + (more[work] ?? [])
    }
}
