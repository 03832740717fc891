import TestSupport
import Testing
import Threads

/// Packets between the server and PostgreSQL are dropped, and nobody is told.
@Suite("A partition", .serialized)
struct PartitionFaults {
    /// Long enough for everything that is to be found in it.
    private static let length = Duration.seconds(15)

    @Test(
        "fault 10: both ways: posts end at their deadline, readers are held and told of a gap, and a fresh post comes within 10 s"
    )
    func fault10() async throws {
        try await rehearse(FaultRun(10, "partition, packets dropped both ways", recoversWithin: .seconds(10)), .both)
    }

    @Test("fault 10: from the server to PostgreSQL only: the same")
    func fault10TowardsPostgres() async throws {
        try await rehearse(
            FaultRun(10, "partition, packets to PostgreSQL dropped", recoversWithin: .seconds(10)), .towardsPostgres)
    }

    @Test("fault 11: from PostgreSQL to the server only: the same")
    func fault11() async throws {
        try await rehearse(
            FaultRun(11, "partition, packets from PostgreSQL dropped", recoversWithin: .seconds(10)), .towardsServer)
    }

    private func rehearse(_ run: FaultRun, _ direction: NetworkLab.Direction) async throws {
        try await NetworkLab.use { lab in
            let stage = try await Self.stage(lab)
            let (report, _) = try await run.run(
                on: stage,
                fault: { stage in
                    let begin = MonotonicInstant.now
                    let found = try stage.awaitLossOfListener { try lab.drop(direction) }
                    #expect(found <= FaultStage.findingPromise * FaultRun.leniency)
                    try blockUntil("the partition has lasted", within: .seconds(60)) { .now >= begin + Self.length }
                    try stage.server.awaitNotReady([], within: .seconds(1))
                    try lab.heal()
                })
            #expect(report.gapCount == 1)
        }
    }

    @Test(
        "fault 10: of the listener's connection alone, while posts go on: the deafness is found within 8 s, and told as a gap")
    func fault10OfListener() async throws {
        try await rehearseDeafness(FaultRun(10, "only the listener cut off, both ways", recoversWithin: .seconds(10)), .both)
    }

    @Test("fault 11: of the listener's connection alone, from PostgreSQL to the server only: the same")
    func fault11OfListener() async throws {
        try await rehearseDeafness(
            FaultRun(11, "only the listener cut off, one way", recoversWithin: .seconds(10)), .towardsServer)
    }

    /// Nothing is healed: the server must leave the connection on which nothing comes.
    private func rehearseDeafness(_ run: FaultRun, _ direction: NetworkLab.Direction) async throws {
        try await NetworkLab.use { lab in
            let stage = try await Self.stage(lab)
            let (report, course) = try await run.run(
                on: stage,
                faultUntil: { stage in
                    let port = try stage.port(of: "trunkline listener")
                    let begin = MonotonicInstant.now
                    try stage.awaitLossOfListener { try lab.drop(direction, port: port) }
                    return begin
                })
            #expect(report.gapCount == 1)
            #expect(course.verdict.notPostedCount == 0, "the poster's connection was whole")
            #expect(course.verdict.unknownCount == 0, "the poster's connection was whole")
        }
    }

    private static func stage(_ lab: NetworkLab) async throws -> FaultStage {
        try await offPool {
            let cluster = try lab.makeCluster()
            return try FaultStage(cluster: cluster, way: { try lab.conninfo(cluster, database: $0) })
        }
    }
}
