import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

/// PostgreSQL has no room left.
@Suite("Faults of a full disk", .serialized)
struct DiskFaults {
    @Test(
        "fault 23: with no room for the write-ahead log PostgreSQL crashes; posts are refused, and one gap covers what was lost"
    )
    func fault23WriteAheadLog() async throws {
        let (stage, disk) = try await offPool {
            let cluster = try PostgresCluster(settings: ["min_wal_size": "32MB", "max_wal_size": "32MB"])
            let disk = try cluster.onSmallDisk("pg_wal", byteCount: 96 << 20)
            return (try FaultStage(cluster: cluster), disk)
        }
        let (_, course) = try await FaultRun(23, "no room for the write-ahead log", recoversWithin: .seconds(2)).run(
            on: stage
        ) { stage in
            try disk.fill(leaving: 0)
            try stage.step("the crash") { try stage.cluster.writeUntilItCrashes() }
            #expect(try stage.postMeanwhile().status == 503)
            try disk.empty()
            try stage.step("start") { try stage.cluster.startUnlessItRuns() }
        }
        for tally in course.verdict.tallies { #expect((1...2).contains(tally.gapCount), "\(tally)") }
    }

    @Test(
        "fault 23: with no room for the notification queue posts are refused, none falsely acknowledged, and all goes on after it"
    )
    func fault23NotificationQueue() async throws {
        let (stage, disk) = try await offPool {
            let cluster = try PostgresCluster()
            let disk = try cluster.onSmallDisk("pg_notify", byteCount: 1 << 20)
            return (try FaultStage(cluster: cluster), disk)
        }
        try await FaultRun(23, "no room for the notification queue", recoversWithin: .seconds(10)).run(on: stage) { stage in
            try disk.fill(leaving: 256 << 10)
            // Its place in the queue keeps what comes after it.
            let laggard = try PsqlSession(stage.cluster)
            try laggard.run("LISTEN laggard; BEGIN; SELECT 1;")
            // Large ones fill the pages, small ones what is left of the last.
            for byteCount in [7_900, 10] {
                let payload = Array(repeating: UInt8(ascii: "x"), count: byteCount)
                try blockUntil("posts of \(byteCount) bytes are refused", within: .seconds(30)) {
                    try stage.server.request("POST", "/post?channel=unread", body: payload).status == 503
                }
            }
            stage.pass(.seconds(5))
            #expect(try stage.postMeanwhile().status == 503)
            try disk.empty()
        }
    }
}

extension PostgresCluster {
    /// Puts one of its directories on a disk of its own.
    func onSmallDisk(_ directory: String, byteCount: Int) throws -> SmallDisk {
        try stop()
        let disk = try SmallDisk(directory, of: self, byteCount: byteCount)
        try start()
        return disk
    }

    /// Writes more and more, until the server can write no more.
    func writeUntilItCrashes() throws {
        try psql("CREATE TABLE IF NOT EXISTS ballast (text text)")
        while true {
            do {
                try psql("INSERT INTO ballast SELECT repeat(md5(n::text), 30) FROM generate_series(1, 10000) n")
            } catch {
                guard try log.contains("PANIC") else { throw error }
                return
            }
        }
    }

    /// Waits until it has recovered by itself, or has given up and must be started.
    func startUnlessItRuns() throws {
        try blockUntil("PostgreSQL has recovered or given up") {
            guard let pid = postmasterPID, kill(pid, 0) == 0 else { return true }
            do {
                return try psql("SELECT 1") == "1"
            } catch {
                // Not yet.
                return false
            }
        }
        if postmasterPID.map({ kill($0, 0) != 0 }) ?? true { try start() }
    }
}
