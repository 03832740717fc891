import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

/// A process of PostgreSQL hangs: its sockets stay open, and nobody answers.
@Suite("Faults of a process that hangs", .serialized)
struct StoppedFaults {
    @Test("fault 7: a stopped listener's backend is found within 8 s, told as a gap, and nothing comes twice")
    func fault7() async throws {
        let stage = try await offPool { try FaultStage() }
        let stopped = Locked<Int32?>(nil)
        let (_, course) = try await FaultRun(7, "SIGSTOP of the listener's backend", recoversWithin: .seconds(8)).run(
            on: stage,
            fault: { stage in
                let pid = try #require(try stage.backend("trunkline listener"))
                stopped.withLock { $0 = pid }
                kill(pid, SIGSTOP)
            },
            aftermath: { stage in
                // It has notifications still, but nobody to send them to.
                kill(try #require(stopped.withLock { $0 }), SIGCONT)
                try stage.awaitSingle("trunkline listener")
            })
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
    }

    @Test("fault 8: with the poster's backend stopped, posts end at their deadline and go on by another; readers miss nothing")
    func fault8() async throws {
        let stage = try await offPool { try FaultStage() }
        let stopped = Locked<Int32?>(nil)
        let (report, course) = try await FaultRun(
            8, "SIGSTOP of the poster's backend", recoversWithin: FaultStage.postTimeout + .seconds(2)
        ).run(
            on: stage,
            fault: { stage in
                let pid = try stage.stopPosterUnlocked()
                stopped.withLock { $0 = pid }
            },
            aftermath: { stage in
                kill(try #require(stopped.withLock { $0 }), SIGCONT)
                try stage.awaitSingle("trunkline poster")
            })
        #expect(try #require(report.unknownCount) > 0, "a post that was sent and not answered is unknown")
        for tally in course.verdict.tallies { #expect(tally.gapCount == 0, "\(tally)") }
    }

    @Test("fault 9: with the postmaster stopped sessions go on, attempts for a new one time out, and all is well after it")
    func fault9() async throws {
        let stage = try await offPool { try FaultStage() }
        let (_, course) = try await FaultRun(9, "SIGSTOP of the postmaster", recoversWithin: .seconds(10)).run(
            on: stage
        ) { stage in
            // Nobody else can connect from then on.
            let listener = try #require(try stage.backend("trunkline listener"))
            let postmaster = try #require(stage.cluster.postmasterPID)
            kill(postmaster, SIGSTOP)
            defer { kill(postmaster, SIGCONT) }
            // What was connected serves on.
            let position = try stage.position
            try blockUntil("notifications arrive") { try stage.position > position + 100 }
            kill(listener, SIGTERM)
            try stage.awaitComplaint(["the listener cannot connect", "3.0 seconds"])
            #expect(try stage.postMeanwhile().status == 200, "posts need no new session")
        }
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
    }
}

extension FaultStage {
    /// The position of the last thing on the first channel.
    var position: UInt64 {
        get throws { try server.facts(of: channels[0])?.position ?? 0 }
    }

    /// Stops the poster's backend at a moment when it does not hold the notification lock, which would stop everybody.
    func stopPosterUnlocked() throws -> Int32 {
        var stopped: Int32?
        try blockUntil("the poster is stopped without the lock") {
            let pid = try awaitPoster()
            kill(pid, SIGSTOP)
            stopped = pid
            let lockCount = try cluster.psql("SELECT count(*) FROM pg_locks WHERE pid = \(pid) AND locktype = 'object'")
            if lockCount == "0" { return true }
            kill(pid, SIGCONT)
            return false
        }
        guard let stopped else { throw TestSupportError("the poster was not stopped") }
        return stopped
    }

    /// Waits until there is one session of this name: the old one has ended.
    func awaitSingle(_ applicationName: String) throws {
        try blockUntil("there is one \(applicationName)") {
            try cluster.activity().filter { $0.applicationName == applicationName }.count == 1
        }
    }
}
