import Glibc
import TestSupport
import Testing
import Threads

@testable import TrunklineBench

@Suite("A run against PostgreSQL itself", .timeLimit(.minutes(1)))
struct DatabaseRunTests {
    @Test(
        "counts notifications, and the CPU they cost the database",
        arguments: [DatabaseSettings.Work.latency, .transactions(connectionCount: 3), .batches(size: 10)])
    func work(_ work: DatabaseSettings.Work) async throws {
        let result = try await offPool {
            let cluster = try PostgresCluster.shared
            var settings = DatabaseSettings(work, conninfo: cluster.conninfo())
            settings.duration = .milliseconds(200)
            settings.databaseProcesses = cluster.postmasterPID.map { [$0] } ?? []
            return try Benchmark.run(settings, stop: try EventDescriptor())
        }
        #expect(result.count > 0)
        #expect(result.rate > 0)
        #expect(result.database != nil)
        #expect((result.latency != nil) == (work == .latency))
        #expect((result.postLatency != nil) == (work == .transactions(connectionCount: 3)))
        #expect(result.isInterrupted == false)
    }

    @Test(
        "ends early when it is told to",
        arguments: [DatabaseSettings.Work.latency, .transactions(connectionCount: 2), .batches(size: 10)])
    func stopping(_ work: DatabaseSettings.Work) async throws {
        let result = try await offPool {
            var settings = DatabaseSettings(work, conninfo: try PostgresCluster.shared.conninfo())
            settings.duration = .seconds(40)
            let stop = try EventDescriptor()
            let stopper = NamedThread("stopper") {
                // Again and again: signals from before the work begins are taken by the connecting.
                for _ in 0..<200 where poll(nil, 0, 20) == 0 { stop.signal() }
            }
            defer { stopper.join() }
            return try Benchmark.run(settings, stop: stop)
        }
        #expect(result.isInterrupted == true)
        #expect(result.seconds < 30)
    }

    @Test("of one that is not there, says what libpq says")
    func nobody() async throws {
        let settings = DatabaseSettings(.latency, conninfo: "host=/nonexistent")
        let error = await #expect(throws: BenchError.self) {
            try await offPool { try Benchmark.run(settings, stop: try EventDescriptor()) }
        }
        guard case .unreachable(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("/nonexistent"))
    }
}
