import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

/// The listener's session hangs, or is ended.
@Suite("Faults of the listener's session", .serialized)
struct ListenerFaults {
    @Test("fault 7: a stopped listener's backend is found within 8 s, told as a gap, and nothing comes twice")
    func fault7() async throws {
        let stage = try await offPool { try FaultStage() }
        let stopped = Locked<Int32?>(nil)
        let (report, _) = try await FaultRun(7, "listener's backend stopped", recoversWithin: .seconds(8)).run(
            on: stage,
            fault: { stage in
                stopped.withLock { $0 = nil }
                let pid = try #require(try stage.backend("trunkline listener"))
                stopped.withLock { $0 = pid }
                kill(pid, SIGSTOP)
            },
            aftermath: { stage in
                // It has the socket's queue still, and sends it to nobody.
                if let pid = stopped.withLock({ $0 }) { kill(pid, SIGCONT) }
                try blockUntil("the old session has ended") {
                    try stage.cluster.activity().filter { $0.applicationName == "trunkline listener" }.count == 1
                }
            })
        #expect(report.gapCount == 1)
    }
}
