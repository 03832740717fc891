import HistoryChecker
import TestSupport
import Testing
import Threads

/// A server of its own at which a fault happens, with a canary beside it, and its promises that hold whatever happens:
/// every notification is seen or covered by a gap, every post is answered in time, a fresh one is delivered afterwards, and
/// readers, descriptors and memory are what they were.
final class Scene: Sendable {
    let cluster: PostgresCluster
    let database: String
    private let flags: [String]
    private let launcher: [String]
    private let environment: [String: String]
    private let running: Locked<ServerProcess>

    /// - Parameters:
    ///   - cluster: the shared one if `nil`.
    ///   - flags: beside the database's.
    ///   - launcher: starts the server in its own place.
    init(
        _ flags: [String] = [], on cluster: PostgresCluster? = nil, launcher: [String] = [], environment: [String: String] = [:]
    ) throws {
        try OpenFiles.allowMany()
        self.cluster = try cluster ?? .shared
        database = try self.cluster.createDatabase()
        // A canary that hears nothing for five seconds comes back.
        self.flags = ["--database", self.cluster.conninfo(database: database), "--heartbeat", "1"] + flags
        self.launcher = launcher
        self.environment = environment
        let server = try ServerProcess(self.flags, environment: environment, launcher: launcher)
        try server.waitUntilReady()
        running = Locked(server)
    }

    /// The server of the moment.
    var server: ServerProcess { running.withLock { $0 } }
    /// Whether a channel is kept for a while when its last reader has left.
    var lingers: Bool { !flags.joined(separator: " ").contains("--linger 0") }
    var conninfo: String { cluster.conninfo(database: database) }

    /// Ends the server and starts another one at the same port.
    ///
    /// - Returns: how the first one ended.
    @discardableResult
    func restart(_ signal: Int32) throws -> ChildProcess.Exit {
        let exit = try server.terminate(signal)
        let fresh = try ServerProcess(flags, environment: environment, launcher: launcher, port: server.port)
        running.withLock { $0 = fresh }
        return exit
    }

    /// Runs statements in the server's database.
    @discardableResult
    func psql(_ sql: String) throws -> String { try cluster.psql(sql, database: database) }
}
