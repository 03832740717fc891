import TestSupport
import Testing

/// Connections to PostgreSQL end by a reset, while PostgreSQL is well.
@Suite("A reset of connections", .serialized)
struct ResetFaults {
    @Test("fault 12: of all at once: both are made again at once, and a fresh post comes within a second")
    func fault12() async throws {
        let stage = try await offPool {
            let cluster = try PostgresCluster(listensOnTCP: true)
            let relay = try Relay(to: #require(cluster.port))
            return (try FaultStage(cluster: cluster, way: { relay.conninfo(database: $0) }), relay)
        }
        let run = FaultRun(12, "connections reset", recoversWithin: .seconds(1))
        let (report, _) = try await run.run(on: stage.0, fault: { _ in stage.1.reset() })
        #expect(report.gapCount == 1)
    }
}
