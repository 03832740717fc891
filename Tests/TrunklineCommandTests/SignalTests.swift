import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite("Signals", .timeLimit(.minutes(Slowdown.factor)))
struct SignalTests {
    @Test("the first one stops the server, which ends with 0", arguments: [SIGTERM, SIGINT])
    func firstSignal(_ signal: Int32) async throws {
        let ending = try await TrunklineProcess.serve { process, log in
            try await log.skip(to: "listening on 127.0.0.1:")
            kill(process, signal)
            try await log.skip(to: "stopping")
        }
        #expect(ending == .exited(0))
    }

    @Test("the second one ends it at once with 128 and its number", arguments: [SIGTERM, SIGINT])
    func secondSignal(_ signal: Int32) async throws {
        let ending = try await TrunklineProcess.serve(["--drain-delay", "3600"]) { process, log in
            try await log.skip(to: "listening on 127.0.0.1:")
            kill(process, SIGTERM)
            try await log.skip(to: "stopping")
            kill(process, signal)
        }
        #expect(ending == .exited(128 + signal))
    }

    @Test("one that a shell lets its background processes ignore is obeyed")
    func ignoredInterrupt() async throws {
        let ending = try await TrunklineProcess.serve(isIgnoringInterrupts: true) { process, log in
            try await log.skip(to: "listening on 127.0.0.1:")
            kill(process, SIGINT)
            try await log.skip(to: "stopping")
        }
        #expect(ending == .exited(0))
    }

    @Test("are blocked in every thread but the one that waits for them, and a broken pipe in all is ignored")
    func blockedEverywhere() async throws {
        let both = bit(SIGTERM) | bit(SIGINT)
        let ending = try await TrunklineProcess.serve { process, log in
            try await log.skip(to: "listening on 127.0.0.1:")
            let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")
            for thread in threads {
                let status = try String(contentsOfFile: "/proc/\(process)/task/\(thread)/status", encoding: .utf8)
                let fields = status.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
                func field(_ name: String) throws -> String {
                    try #require(fields.first { $0.first == name }?.last)
                }
                let blocked = try #require(UInt64(try field("SigBlk:"), radix: 16))
                let ignored = try #require(UInt64(try field("SigIgn:"), radix: 16))
                #expect(ignored & bit(SIGPIPE) != 0)
                // While it waits for them, the kernel shows them as not blocked.
                if try field("Name:") != "signals" { #expect(blocked & both == both, "\(status)") }
            }
            kill(process, SIGTERM)
        }
        #expect(ending == .exited(0))
    }

    @Test("the soft limit of descriptors is raised to the hard one")
    func descriptorLimit() async throws {
        let ending = try await TrunklineProcess.serve { process, log in
            try await log.skip(to: "listening on 127.0.0.1:")
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            #expect(numbers.count == 2 && numbers.first == numbers.last)
            kill(process, SIGTERM)
        }
        #expect(ending == .exited(0))
    }

    @Test("no huge pages are taken, which would fill what is given back between what is held")
    func hugePages() async throws {
        let ending = try await TrunklineProcess.serve { process, log in
            try await log.skip(to: "listening on 127.0.0.1:")
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("THP_enabled:") })
            #expect(line.hasSuffix("\t0"))
            kill(process, SIGTERM)
        }
        #expect(ending == .exited(0))
    }

    private func bit(_ signal: Int32) -> UInt64 { 1 << UInt64(signal - 1) }
}
