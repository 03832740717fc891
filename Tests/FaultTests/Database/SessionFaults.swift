import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

/// One of our two sessions is ended, as an administrator would.
@Suite("Faults of a session that is ended", .serialized)
struct SessionFaults {
    @Test("fault 5: with the listener terminated once a second for a minute, each reader is told of each loss once")
    func fault5() async throws {
        let stage = try await offPool { try FaultStage(hasStranger: true) }
        let killCount = 60
        let (_, course) = try await FaultRun(5, "the listener terminated 60 times", recoversWithin: .seconds(2)).run(
            on: stage
        ) { stage in
            for _ in 0..<killCount {
                let next = MonotonicInstant.now + .seconds(1)
                try stage.awaitListening()
                try #require(try stage.cluster.terminateBackend(applicationName: "trunkline listener") == 1)
                try blockUntil("a second has passed") { MonotonicInstant.now >= next }
            }
        }
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": killCount], "\(tally)") }
    }

    @Test("fault 6: with the poster terminated again and again nothing is delivered twice, and no reader misses anything")
    func fault6() async throws {
        let stage = try await offPool { try FaultStage(pause: .zero) }
        let killCount = 20
        let (_, course) = try await FaultRun(6, "the poster terminated 20 times", recoversWithin: .seconds(2)).run(
            on: stage
        ) { stage in
            for _ in 0..<killCount {
                _ = try stage.awaitPoster()
                try #require(try stage.cluster.terminateBackend(applicationName: "trunkline poster") == 1)
            }
        }
        for tally in course.verdict.tallies { #expect(tally.gapCount == 0, "\(tally)") }
        #expect(course.verdict.unknownCount + course.verdict.notPostedCount > 0, "the ends met no post")
    }
}

extension FaultStage {
    /// Waits until every channel is listened to on the session there is.
    func awaitListening() throws {
        try blockUntil("all channels are listened to") {
            let facts = try server.channels()
            return channels.allSatisfy { name in facts.contains { $0.channel == name && $0.listening } }
        }
    }
}
