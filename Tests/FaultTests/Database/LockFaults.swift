import HistoryChecker
import TestSupport
import Testing
import Threads

/// A stranger stands in the way of every NOTIFY of the cluster.
@Suite("Faults of the notification lock", .serialized)
struct LockFaults {
    @Test(
        "fault 20: with the lock held by a stuck commit posts are refused in time, the log names whose, and all goes on after it"
    )
    func fault20() async throws {
        let stage = try await offPool { try FaultStage() }
        let (_, course) = try await FaultRun(20, "a stranger's commit stuck in SyncRep", recoversWithin: .seconds(2)).run(
            on: stage
        ) { stage in
            let listener = try stage.backend("trunkline listener")
            let stranger = try stage.cluster.holdNotificationLock()
            let pid = try stage.cluster.psql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            #expect(try stage.postMeanwhile().status == 503)
            try stage.awaitLog([pid])
            // More than it takes to call a connection deaf: what could not commit proves nothing about it.
            stage.pass(.seconds(10))
            #expect(try stage.backend("trunkline listener") == listener)
            try stage.cluster.releaseNotificationLock()
            try stranger.finish()
        }
        for tally in course.verdict.tallies { #expect(tally.gapCount == 0, "\(tally)") }
        #expect(course.verdict.notPostedCount > 0)
        #expect(course.verdict.unknownCount == 0, "who waits for the lock has certainly not committed")
    }
}
