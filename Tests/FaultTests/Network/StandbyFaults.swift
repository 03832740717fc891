import TestSupport
import Testing

/// The server reaches a standby, where nobody can listen or notify.
@Suite("A standby", .serialized)
struct StandbyFaults {
    @Test(
        "fault 15: first in the list of hosts, it is passed over; alone, /readyz says so, and its promotion is found within 10 s"
    )
    func fault15() async throws {
        let (primary, standby) = try await offPool {
            let primary = try PostgresCluster(listensOnTCP: true)
            return (primary, try PostgresCluster.standby(of: primary, listensOnTCP: true))
        }
        let ports = "\(try #require(standby.port)),\(try #require(primary.port))"
        let stage = try await offPool {
            try FaultStage(
                cluster: primary,
                way: { database in
                    // The server asks the standby first, which must have heard of the database.
                    try primary.awaitStandbys()
                    return "host=127.0.0.1,127.0.0.1 port=\(ports) dbname=\(database) user=postgres"
                })
        }
        let run = FaultRun(15, "only a standby is left, then promoted", recoversWithin: .seconds(10))
        let (report, _) = try await run.run(
            on: stage,
            fault: { stage in
                try primary.stop(.immediate)
                try stage.awaitNotReady("standby", within: FaultStage.findingPromise * FaultRun.leniency)
                let answer = try stage.server.request("POST", "/post?channel=a", body: Array("lost".utf8))
                #expect(answer.status == 503, "\(answer.text)")
                try standby.promote()
            })
        #expect(report.gapCount == 1)
    }
}
