import LibPQ
import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("A batch on its way", .timeLimit(.minutes(Slowdown.factor)))
struct PostPipelineTests {
    @Test("posts whose deadline PostgreSQL did not note are certainly not posted, and it is not said to be their fault")
    func deadlineNotNoted() async throws {
        let recorder = PostRecorder()
        try await offPool {
            let cluster = try PostgresCluster.shared
            let wakeUp = try EventDescriptor()
            // As after one that was cancelled: the setting is known to the session and empty, and no post can read it.
            let setUp =
                PostPipeline.setUp + """
                    SET trunkline.deadline = '';
                    DEALLOCATE trunkline_deadline;
                    PREPARE trunkline_deadline (text) AS
                    SELECT 1 / (length($1) - length($1));
                    """
            let session = try Session(
                ConnectionParameters(dsn: cluster.conninfo(database: cluster.createDatabase())), setUp: setUp,
                within: .seconds(10), Patience(wakeUp: wakeUp, isStopping: { false }, limit: .seconds(10)))
            try session.connection.enterPipeline()
            var series = PostSeries()
            var batch = PostBatch()
            for number in 0..<2 { batch.append(recorder.post(number, [("foo", "same")], until: .now + .seconds(3))) }
            batch.append(recorder.post(2, [("foo", "same"), ("foo", "other")], until: .now + .seconds(3)))
            _ = try PostPipeline.run(batch, session, &series, wakeUp) { nil }
        }
        for number in 0..<3 {
            #expect(recorder.codes(number) == [.notPosted])
            #expect(recorder.message(number)?.contains("22012") == true, "\(recorder.message(number) ?? "")")
        }
    }
}
