import Glibc
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
                    try stage.awaitLossOfListener { try lab.drop(direction) }
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
                fault: { stage in
                    try lab.drop(direction, port: stage.port(of: "trunkline listener"))
                })
            #expect(report.gapCount == 1)
            #expect(course.verdict.notPostedCount == 0, "the poster's connection was whole")
            #expect(course.verdict.unknownCount == 0, "the poster's connection was whole")
        }
    }

    @Test("fault 10: of the poster's connection alone: no reader notices anything but that posts fail for a time")
    func fault10OfPoster() async throws {
        try await NetworkLab.use { lab in
            let stage = try await Self.stage(lab)
            let (report, _) = try await FaultRun(10, "only the poster cut off", recoversWithin: .seconds(10)).run(
                on: stage,
                fault: { stage in
                    try lab.drop(.both, port: stage.port(of: "trunkline poster"))
                })
            #expect(report.gapCount == 0)
        }
    }

    @Test("fault 10: SIGTERM ends the server in time while nothing leaves it, and whoever waits is answered")
    func fault10Stop() async throws {
        try await NetworkLab.use { lab in
            let took = try await offPool {
                let cluster = try lab.makeCluster()
                let server = try ServerProcess(
                    ["--database", lab.conninfo(cluster, database: cluster.createDatabase())])
                try server.waitUntilReady()
                let held = try server.hold(3, on: "a")
                try lab.drop(.both)
                let post = try server.connect()
                try post.sendRequest("POST", "/post?channel=a", body: Array("lost".utf8))
                // Whoever came later is answered, so it was read.
                #expect(try server.request("/healthz").status == 200)
                let begin = MonotonicInstant.now
                #expect(try server.terminate(SIGTERM, within: .seconds(20)) == .code(0))
                let took = MonotonicInstant.now - begin
                #expect(try [503, 504].contains(post.readResponse().status))
                for poll in held {
                    let answer = try poll.readResponse()
                    #expect(answer.status == 503)
                    #expect(answer["Retry-After"] != nil)
                }
                withExtendedLifetime(cluster) {}
                return took
            }
            #expect(took <= .seconds(10))
            var report = FaultReport(10, "SIGTERM in a partition")
            report.recovery = took
            report.promise = .seconds(10)
            report.record()
        }
    }

    private static func stage(_ lab: NetworkLab) async throws -> FaultStage {
        try await offPool {
            let cluster = try lab.makeCluster()
            return try FaultStage(cluster: cluster, way: { try lab.conninfo(cluster, database: $0) })
        }
    }
}
