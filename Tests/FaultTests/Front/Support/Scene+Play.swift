import HistoryChecker
import TestSupport
import Testing
import Threads

extension Scene {
    /// Lets the fault happen while a canary sings, expects what is promised of every fault, and reports.
    ///
    /// - Parameters:
    ///   - fault: its number.
    ///   - name: what is done, for the report.
    ///   - act: does it, and returns what else there is to tell. When it returns, all it opened must be closed.
    @discardableResult
    func play(
        _ fault: Int, _ name: String, _ bounds: Bounds = Bounds(), _ act: @escaping @Sendable (Scene) throws -> String
    ) async throws -> Song {
        try await offPool {
            // Whatever is made at its first use is there before it is counted.
            let waiter = try self.server.hold(1, on: "warm")[0]
            try self.server.post("warm", to: "warm")
            _ = try waiter.readResponse()
        }
        let before = try await offPool { try Footprint(of: self.server) }
        let keeper = try await offPool { try self.keepCanaryChannel() }
        let told = Locked("")
        let song = try await Canary(port: server.port, conninfo: conninfo).sing {
            let words = try act(self)
            told.withLock { $0 = words }
        }
        try keeper?.reset()
        let (recovery, after) = try await offPool {
            (try self.deliverFresh(), try before.awaitReturn(of: self.server))
        }
        let kept = after.residentBytes - before.residentBytes
        report(fault, name, song, recovery)
        print("fault \(fault): \(told.withLock { $0 })\n  \(song)\n  \(kept >> 10) KiB more than before\n\(song.verdict)")
        #expect(song.verdict.violations == [])
        #expect(Set(song.verdict.tallies.flatMap(\.gapCounts.keys)).isSubset(of: bounds.gapReasons), "\(song.verdict)")
        #expect(song.verdict.acknowledgedCount > 0)
        #expect(song.longestPost <= bounds.post)
        #expect(recovery <= bounds.recovery)
        #expect(kept <= bounds.keptBytes)
        return song
    }

    /// Holds the canary's channel where it would be given up at once: while one of the canary's readers has not come yet, or has left,
    /// the other would find a gap between any two of its polls.
    private func keepCanaryChannel() throws -> RawConnection? {
        lingers ? nil : try EventStream("channel=canary", at: server).connection
    }

    private func report(_ fault: Int, _ name: String, _ song: Song, _ recovery: Duration) {
        var report = FaultReport(fault, name)
        report.acknowledgedCount = song.verdict.acknowledgedCount
        report.seenCount = song.verdict.tallies.map(\.seenCount).min()
        report.unknownCount = song.verdict.unknownCount
        report.gapCount = song.verdict.tallies.map(\.gapCount).max()
        report.missedCount = song.verdict.tallies.map(\.missedCount).max()
        report.longestSilence = song.verdict.tallies.map(\.longestSilence).max()
        report.recovery = recovery
        report.record()
    }

    /// Delivers a notification to a reader that has just come.
    ///
    /// - Returns: how long all of it took.
    private func deliverFresh() throws -> Duration {
        let start = MonotonicInstant.now
        let waiter = try server.hold(1, on: "fresh")[0]
        try server.postEventually("fresh", to: "fresh")
        guard try waiter.readResponse().text == "fresh\n" else { throw TestSupportError("the fresh post was not delivered") }
        return .now - start
    }
}
