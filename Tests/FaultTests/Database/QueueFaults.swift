import Glibc
import HistoryChecker
import TestSupport
import Testing
import Threads

/// A stranger stands in the way of every NOTIFY of the cluster.
@Suite("Faults of the notification lock and queue", .serialized)
struct QueueFaults {
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

    @Test("fault 21: with the notification queue full posts are refused, the log says so and names whose fault it is")
    func fault21() async throws {
        let stage = try await offPool {
            let cluster = try PostgresCluster()
            try cluster.requireRoom(gibibytes: 12)
            return try FaultStage(cluster: cluster, pause: .milliseconds(50))
        }
        // PostgreSQL makes room only when it is asked how full the queue is, which the server does twice a minute; and it
        // deletes the files of eight gigabytes before it takes more, which alone can take a minute.
        let (_, course) = try await FaultRun(21, "notification queue full (8 GB)", recoversWithin: .seconds(90)).run(
            on: stage
        ) { stage in
            let laggard = try PsqlSession(stage.cluster)
            let pid = try laggard.run("LISTEN laggard; BEGIN; SELECT pg_backend_pid();")
            try stage.step("filling the queue") { try stage.cluster.fillQueue() }
            #expect(try stage.postMeanwhile().status == 503)
            try stage.awaitLog(["queue is", "full", pid])
            try blockUntil("/metrics shows it", within: .seconds(40)) {
                let line = try stage.server.get("/metrics").text.firstMatch(
                    of: #/\ntrunkline_notification_queue_usage_ratio ([0-9.e+-]+)/#)
                return line.flatMap { Double($0.1) } ?? 0 > 0.5
            }
            // One that comes now has to read all of the queue before its first LISTEN is confirmed.
            let late = try ServerProcess(["--database", stage.cluster.conninfo(database: "postgres")])
            try stage.step("the LISTEN of a server that starts") {
                try blockUntil("it has read the queue", within: .seconds(60)) {
                    try stage.cluster.ownSessions(in: "postgres").filter { $0.state == "idle" }.count == 2
                }
            }
            try stage.step("the end of who holds it back") {
                try stage.cluster.psql("SELECT pg_terminate_backend(\(pid), 5000)")
            }
            try stage.step("until the server that has started is ready") {
                try late.waitUntilReady(within: .seconds(90))
            }
            #expect(try stage.cluster.ownSessions(in: "postgres").count == 2, "no attempt was given up and left behind")
        }
        for tally in course.verdict.tallies { #expect(tally.gapCount == 0, "\(tally)") }
        #expect(course.verdict.unknownCount == 0, "who finds the queue full has certainly not committed")
    }

    @Test("fault 54: a LISTEN that fails for a damaged queue is tried again; readers are held, and told of the gap after it")
    func fault54() async throws {
        // A witness would let the LISTEN begin at its own place, behind the damage.
        let stage = try await offPool { try FaultStage(isWitnessed: false) }
        let (_, course) = try await FaultRun(54, "LISTEN: could not access status", recoversWithin: .seconds(10)).run(
            on: stage
        ) { stage in
            let laggard = try PsqlSession(stage.cluster, database: stage.wire.database)
            try laggard.run("LISTEN laggard; BEGIN; SELECT 1;")
            // More than PostgreSQL keeps in memory of its queue, so that the oldest is read from the disk.
            let some = "SELECT count(pg_notify('unread', repeat('x', 7900) || n)) FROM generate_series(1, 200) n"
            try stage.cluster.psql(some, database: stage.wire.database)
            let segment = "\(stage.cluster.dataDirectory)/pg_notify/0000"
            guard unlink(segment) == 0 else { throw TestSupportError("there is no \(segment)") }
            try stage.cluster.terminateBackend(applicationName: "trunkline listener")
            try stage.awaitComplaint(["could not access status of transaction"])
            #expect(try stage.server.get("/healthz").status == 200)
            try stage.cluster.terminateBackend(applicationName: "psql")
            // As who watches the queue does: the server forgets what nobody is to read any more.
            try stage.cluster.psql("SELECT pg_notification_queue_usage()")
        }
        for tally in course.verdict.tallies { #expect(tally.gapCounts == ["reconnected": 1], "\(tally)") }
    }
}

extension PostgresCluster {
    /// Fails unless the disk has so much room.
    func requireRoom(gibibytes: Int) throws {
        var disk = statvfs()
        guard statvfs(directory, &disk) == 0, disk.f_bavail * disk.f_frsize > UInt(gibibytes) << 30 else {
            throw TestSupportError("\(directory) needs \(gibibytes) GiB of free space for this fault")
        }
    }

    /// Notifies, in a database that nobody else uses, until there is no room for more: each of these takes a page of its own.
    func fillQueue() throws {
        let session = try PsqlSession(self)
        while true {
            do {
                try session.run(
                    "SELECT count(pg_notify('fill', repeat('x', 4200) || n)) FROM generate_series(1, 20000) n",
                    within: .seconds(60))
            } catch {
                guard "\(error)".contains("too many notifications") else { throw error }
                // The last pages go one by one.
                guard try hasRoomInQueue() else { return }
            }
        }
    }

    /// The sessions of servers in a database.
    func ownSessions(in database: String) throws -> [Activity] {
        try activity(database: database).filter { $0.applicationName.hasPrefix("trunkline ") }
    }

    private func hasRoomInQueue() throws -> Bool {
        do {
            try psql("SELECT count(pg_notify('fill', repeat('x', 4200) || n)) FROM generate_series(1, 200) n")
            return true
        } catch {
            return false
        }
    }
}
