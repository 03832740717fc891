import TestSupport
import Testing
import Threads

/// A standby is promoted while the old primary is left alive, as happens when somebody is too quick.
@Suite("A fail-over", .serialized)
struct FailoverFaults {
    /// A primary with a standby, and an address for each.
    private struct Pair: Sendable {
        let old: PostgresCluster
        let new: PostgresCluster
        /// Leads to the old one at first.
        let address: Relay
        /// Leads to the new one.
        let otherAddress: Relay

        init() throws {
            old = try PostgresCluster(listensOnTCP: true)
            new = try .standby(of: old, listensOnTCP: true)
            address = try Relay(to: #require(old.port))
            otherAddress = try Relay(to: #require(new.port))
        }

        /// Both in one connection string.
        func conninfo(database: String) -> String {
            "host=127.0.0.1,127.0.0.1 port=\(address.port),\(otherAddress.port) dbname=\(database) user=postgres"
        }

        /// Ends the poster's session, and only it.
        ///
        /// What the witness hears from the old primary is not all any more: it is to know that.
        func endPoster() throws {
            try old.terminateBackend(applicationName: "witness")
            try old.terminateBackend(applicationName: "trunkline poster")
        }
    }

    @Test(
        "fault 14: by the list of hosts: the poster moves first, the listener follows, and what was posted in between is in a gap"
    )
    func fault14() async throws {
        let pair = try await offPool { try Pair() }
        let stage = try await offPool { try FaultStage(cluster: pair.old, way: { pair.conninfo(database: $0) }) }
        try await rehearse(FaultRun(14, "fail-over by a list of hosts", recoversWithin: .seconds(10)), stage, pair) {
            // Whoever is connected stays: nobody else gets in.
            pair.address.move()
        }
    }

    @Test("fault 14: by an address that moves: the same")
    func fault14MovingAddress() async throws {
        let pair = try await offPool { try Pair() }
        let stage = try await offPool { try FaultStage(cluster: pair.old, way: { pair.address.conninfo(database: $0) }) }
        let target = try #require(pair.new.port)
        try await rehearse(FaultRun(14, "fail-over by a moving address", recoversWithin: .seconds(10)), stage, pair) {
            pair.address.move(to: target)
        }
    }

    private func rehearse(
        _ run: FaultRun, _ stage: FaultStage, _ pair: Pair, move: @escaping @Sendable () throws -> Void
    ) async throws {
        let (report, _) = try await run.run(
            on: stage,
            fault: { _ in
                try pair.new.promote()
                try move()
                try pair.endPoster()
            })
        #expect(report.gapCount == 1)
        try await offPool {
            let sessions = try pair.old.activity().map(\.applicationName)
            #expect(!sessions.contains { $0.hasPrefix("trunkline") }, "the old primary lives, and nobody is left there")
        }
    }

    @Test("fault 14: an address that leads back to the old primary is refused, in words, and the new one is taken again")
    func fault14BackToOld() async throws {
        let pair = try await offPool { try Pair() }
        let stage = try await offPool { try FaultStage(cluster: pair.old, way: { pair.address.conninfo(database: $0) }) }
        let (old, new) = (try #require(pair.old.port), try #require(pair.new.port))
        let run = FaultRun(14, "an address that leads back to the old primary", recoversWithin: .seconds(10))
        try await run.run(
            on: stage,
            fault: { stage in
                try pair.new.promote()
                pair.address.move(to: new)
                try pair.endPoster()
                pair.address.reset()
                try Self.await("trunkline poster", on: pair.new)
                try Self.await("trunkline listener", on: pair.new)
                pair.address.move(to: old)
                pair.address.reset()
                try stage.awaitNotReady("timeline", within: FaultStage.findingPromise * FaultRun.leniency)
                let answer = try stage.server.request("POST", "/post?channel=a", body: Array("stray".utf8))
                #expect(answer.status == 503, "nothing is posted to the old primary: \(answer.text)")
                pair.address.move(to: new)
            })
    }

    private static func await(_ session: String, on cluster: PostgresCluster) throws {
        try blockUntil("\(session) is there", within: FaultStage.findingPromise * FaultRun.leniency) {
            try cluster.activity().contains { $0.applicationName == session }
        }
    }
}
