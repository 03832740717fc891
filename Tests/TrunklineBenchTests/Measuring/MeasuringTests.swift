import Glibc
import TestSupport
import Testing
import Threads

@testable import TrunklineBench

@Suite("Measuring")
struct MeasuringTests {
    @Test("percentiles are exact to three digits")
    func percentiles() throws {
        var latencies = Latencies()
        #expect(latencies.summary == nil)
        for number in 1...100_000 { latencies.add(Int64(number) * 1_000) }
        let summary = try #require(latencies.summary)
        for (value, expected) in [
            (summary.p50, 50_000.0), (summary.p90, 90_000), (summary.p99, 99_000), (summary.p999, 99_900),
        ] {
            #expect(abs(value - expected) <= expected / 1_000, "\(value) for \(expected)")
        }
        #expect(abs(summary.max - 100_000) <= 100)
        latencies.reset()
        #expect(latencies.summary == nil)
    }

    @Test("a latency below zero or above an hour is taken for the nearest one that counts")
    func extremes() throws {
        var latencies = Latencies()
        latencies.add(-5)
        #expect(try #require(latencies.summary).max == 0)
        latencies.add(.max)
        #expect(try #require(latencies.summary).max >= 3_600_000_000)
    }

    @Test("posts are due at their rate, however late they are taken")
    func pacing() {
        var pacing = Pacing(rate: 1_000, start: 5_000_000)
        #expect(pacing.take(4_999_999) == nil)
        #expect(pacing.take(5_000_000) == 5_000_000)
        #expect(pacing.take(5_000_001) == nil)
        #expect(pacing.nextDue == 6_000_000)
        // Late: both that are due come at once, each with its own moment.
        #expect(pacing.take(7_500_000) == 6_000_000)
        #expect(pacing.take(7_500_000) == 7_000_000)
        #expect(pacing.take(7_500_000) == nil)
    }

    @Test("without a rate, one is always due")
    func unpaced() {
        var pacing = Pacing(rate: nil, start: 5)
        #expect(pacing.nextDue == nil)
        #expect([1, 2, 2].map { pacing.take($0) } == [1, 2, 2])
    }

    @Test("a process is measured with its descendants")
    func descendants() async throws {
        try await offPool {
            let shell = try ChildProcess("/bin/sh", ["-c", "/bin/sh -c 'while :; do :; done' & echo started; wait"])
            try blockUntil("the shell has started its child") { shell.output.text == "started\n" }
            try blockUntil("the child has used CPU") { try ProcessUse(of: [shell.pid]).cpuSeconds >= 0.05 }
            #expect(try ProcessUse(of: [shell.pid]).residentBytes > 0)
            // Both get it: the child is in the group of the tests.
            _ = try ChildProcess.run("/bin/sh", ["-c", "kill $(ps -o pid= --ppid \(shell.pid))"])
            #expect(try shell.waitForExit() == .code(143) || shell.waitForExit() == .code(0))
        }
    }

    @Test("a process that is not there is told by its number")
    func noProcess() {
        #expect(throws: BenchError.unusable("there is no process 999999999")) { try ProcessUse(of: [999_999_999]) }
    }

    @Test("progress is told once a second")
    func progress() {
        let told = Locked<[String]>([])
        var progress = Progress({ sentence in told.withLock { $0.append(sentence) } }, now: 0)
        for tenth in 1...35 { progress.tell(Int64(tenth) * 100_000_000, "\(tenth)") }
        #expect(told.withLock { $0 } == ["10", "20", "30"])
    }

    @Test("faults of one kind are counted together, with the first text")
    func faults() {
        var faults = Faults()
        for (status, text) in [(503, "busy\r\nnow"), (403, "no"), (503, "other")] {
            faults.addRefusal(status)
            let bytes = Array(text.utf8)
            faults.addText(bytes.span, bytes.indices, of: status)
        }
        #expect(faults.refusals.map(\.status) == [503, 403])
        #expect(faults.refusals.map(\.count) == [2, 1])
        #expect(faults.refusals.map(\.text) == ["busy now", "no"])
        #expect(faults.count == 3)
    }
}
