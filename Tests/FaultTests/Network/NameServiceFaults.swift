import Glibc
import TestSupport
import Testing
import Threads

/// PostgreSQL is known by a name, and whoever would know the name does not answer.
@Suite("A name service that is silent", .serialized)
struct NameServiceFaults {
    private static let name = "database.trunkline.test"

    @Test("fault 10: in a partition: posts end at their deadline all the same, and all is well when the name is known again")
    func fault10NamesUnknown() async throws {
        try await NetworkLab.use { lab in
            let names = try await offPool { try PrivateNames(nameServer: lab.far) }
            let stage = try await offPool {
                try names.add(Self.name, lab.far)
                let cluster = try lab.makeCluster()
                return try FaultStage(
                    cluster: cluster, launcher: names.launcher,
                    way: { try lab.conninfo(cluster, database: $0, host: Self.name) })
            }
            let threadCount = try stage.server.threadCount
            let run = FaultRun(10, "partition with a silent name service", recoversWithin: .seconds(10))
            try await run.run(
                on: stage,
                fault: { stage in
                    let begin = MonotonicInstant.now
                    try names.removeAll()
                    try stage.awaitLossOfListener { try lab.drop(.both) }
                    try blockUntil("look-ups have begun and hang", within: .seconds(60)) { .now >= begin + .seconds(15) }
                    #expect(try stage.server.get("/healthz").status == 200)
                    // One look-up for each of the two connections, however often they are tried.
                    #expect(try stage.server.threadCount <= threadCount + 2)
                    try names.add(Self.name, lab.far)
                    try lab.heal()
                })
            try await eventually("the threads of the look-ups have ended", within: .seconds(60)) {
                try stage.server.threadCount <= threadCount
            }
        }
    }

    @Test("fault 10: SIGTERM ends the server in time while a look-up hangs, and the posts that waited are answered")
    func fault10StopInLookUp() async throws {
        try await NetworkLab.use { lab in
            let took = try await offPool {
                let names = try PrivateNames(nameServer: lab.far)
                let server = try ServerProcess(
                    ["--database", "host=\(Self.name) dbname=postgres user=postgres"], launcher: names.launcher)
                let begin = MonotonicInstant.now
                let answer = try server.request("POST", "/post?channel=a", body: Array("lost".utf8))
                #expect(answer.status == 503, "\(answer.text)")
                #expect(.now - begin <= FaultStage.postTimeout + .seconds(1))
                try server.awaitNotReady([], within: .seconds(1))
                let stop = MonotonicInstant.now
                #expect(try server.terminate(SIGTERM, within: .seconds(20)) == .code(0))
                return .now - stop
            }
            #expect(took <= .seconds(10))
            var report = FaultReport(10, "SIGTERM while a look-up of a name hangs")
            report.recovery = took
            report.promise = .seconds(10)
            report.record()
        }
    }
}
