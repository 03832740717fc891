import Glibc
import TestSupport
import Testing

@Suite("The command trunkline", .timeLimit(.minutes(Slowdown.factor)))
struct CommandTests {
    @Test("prints its help when nothing is asked of it")
    func bareCommand() async throws {
        let ending = try await TrunklineProcess.run([])
        #expect(ending.status == .exited(0))
        #expect(ending.output.contains("SUBCOMMANDS:") && ending.output.contains("serve"))
    }

    @Test("tells its version")
    func version() async throws {
        let ending = try await TrunklineProcess.run(["--version"])
        #expect(ending.status == .exited(0))
        #expect(ending.output.contains("."))
    }

    @Test(
        "refuses with exit code 64 what it does not understand",
        arguments: [
            (["serve", "--nope"], [:], "Unknown option '--nope'"),
            (["serve", "--workers", "99"], [:], "Error: --workers 99: must be between 1 and 64"),
            (["serve"], ["TRUNKLINE_WORKERS": "99"], "Error: TRUNKLINE_WORKERS=99: must be between 1 and 64"),
            (["serve"], ["TRUNKLINE_WORKER": "9"], "Error: TRUNKLINE_WORKER: there is no such setting"),
            (["listen"], [:], "'listen'"),
        ] as [([String], [String: String], String)])
    func usage(_ arguments: [String], _ environment: [String: String], _ sentence: String) async throws {
        let ending = try await TrunklineProcess.run(arguments, environment: environment)
        #expect(ending.status == .exited(64))
        #expect(ending.error.contains(sentence))
    }

    @Test("ends with 69 and a sentence when its port is taken")
    func portTaken() async throws {
        let ending = try await TrunklineProcess.serve { process, log in
            let line = try await log.skip(to: "listening on ")
            let address = try #require(line.split(separator: " ").last.map(String.init))
            let second = try await TrunklineProcess.run(["serve", "--listen", address, "--database", "host=/nonexistent"])
            #expect(second.status == .exited(69))
            #expect(second.error.contains("critical cannot serve on \(address): "))
            #expect(second.error.contains("choose another address with --listen"))
            kill(process, SIGTERM)
        }
        #expect(ending == .exited(0))
    }

    @Test("logs from the level on that was asked for", arguments: [([], false), (["--log-level", "debug"], true)])
    func logLevel(_ arguments: [String], _ isDebugging: Bool) async throws {
        let ending = try await TrunklineProcess.serve(arguments) { process, log in
            let first = try #require(try await log.next())
            #expect(first.contains(" debug ") == isDebugging, "\(first)")
            kill(process, SIGTERM)
        }
        #expect(ending == .exited(0))
    }
}
