import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

/// All of PostgreSQL goes and comes back.
@Suite("Faults of the whole cluster", .serialized)
struct RestartFaults {
    @Test("fault 1: over a fast restart readers are held, told of one gap, and hear a fresh post within 2 s")
    func fault1() async throws {
        try await restart(1, "fast restart of PostgreSQL", .fast)
    }

    @Test("fault 2: over an immediate restart the same holds, and what was acknowledged and lost lies in the gap")
    func fault2() async throws {
        try await restart(2, "immediate restart of PostgreSQL", .immediate)
    }

    /// Stops the cluster, and starts it again when everybody has been refused for a time.
    private func restart(_ number: Int, _ name: String, _ mode: PostgresCluster.StopMode) async throws {
        let stage = try await offPool { try FaultStage(hasStranger: true) }
        let (_, course) = try await FaultRun(number, name, recoversWithin: .seconds(2)).run(on: stage) { stage in
            try stage.step("stop") { try stage.cluster.stop(mode) }
            try stage.awaitComplaint(["the listener cannot connect"])
            // It is tried for as long as a post may take, so that the pauses between attempts are at their longest then.
            let answer = try stage.postMeanwhile()
            #expect(answer.status == 503, "a post that cannot have been sent is certainly not posted")
            #expect(answer["Retry-After"] != nil)
            try stage.step("start") { try stage.cluster.start() }
        }
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
    }

    @Test("fault 3: the crash of all sessions by the kill of the listener's is one gap, and a fresh post comes within 2 s")
    func fault3() async throws {
        let stage = try await offPool { try FaultStage() }
        let (_, course) = try await FaultRun(3, "kill -9 of the listener's backend", recoversWithin: .seconds(2)).run(
            on: stage
        ) { stage in
            let pid = try #require(try stage.backend("trunkline listener"))
            try stage.crash(by: pid)
        }
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
    }

    @Test("fault 4: a post whose backend is killed is told as unknown, or as not posted and never seen")
    func fault4() async throws {
        let stage = try await offPool { try FaultStage(pause: .zero) }
        let killCount = 3
        let (report, course) = try await FaultRun(4, "kill -9 of the poster's backend", recoversWithin: .seconds(2)).run(
            on: stage
        ) { stage in
            for _ in 0..<killCount {
                let pid = try stage.awaitPoster()
                // Stopped, it keeps the posts that come to it, so that its end meets some.
                kill(pid, SIGSTOP)
                stage.pass(.milliseconds(100))
                try stage.crash(by: pid)
            }
        }
        #expect(try #require(report.unknownCount) >= killCount)
        for tally in course.verdict.tallies { #expect((1...killCount).contains(tally.gapCount), "\(tally)") }
    }
}

extension FaultStage {
    /// Kills one backend, because of which PostgreSQL ends all of them, and waits until it accepts sessions again.
    func crash(by pid: Int32) throws {
        try step("crash and recovery of PostgreSQL") {
            let start = "database system is ready to accept connections"
            let count = try cluster.log.ranges(of: start).count
            kill(pid, SIGKILL)
            try blockUntil("PostgreSQL has recovered") { try cluster.log.ranges(of: start).count > count }
        }
    }

    /// The backend that posts, once there is one through which posts succeed.
    func awaitPoster() throws -> Int32 {
        var pid: Int32?
        try blockUntil("there is a poster that posts") {
            guard try server.request("POST", "/post?channel=unread").status == 200 else { return false }
            pid = try backend("trunkline poster")
            return pid != nil
        }
        guard let pid else { throw TestSupportError("there is no poster") }
        return pid
    }
}
