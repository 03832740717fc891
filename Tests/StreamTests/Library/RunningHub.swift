import Logging
import TestSupport
import Trunkline

/// A hub that runs on a database of its own, and nothing in front of it.
final class RunningHub: Sendable {
    let hub: Hub
    let cluster: PostgresCluster
    let database: String
    private let task: Task<Void, any Error>

    /// - Parameter configuration: bounds.
    init(_ configuration: HubConfiguration = HubConfiguration()) async throws {
        cluster = try await offPool { try PostgresCluster.shared }
        let cluster = cluster
        let database = try await offPool { try cluster.createDatabase() }
        self.database = database
        let hub = try Hub(
            database: cluster.conninfo(database: database), configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.hub = hub
        task = Task { try await hub.run() }
        try await eventually("the hub is ready") { hub.core.complaint == nil }
    }

    deinit { task.cancel() }

    /// Stops the hub and waits for its end.
    func stop() async throws {
        task.cancel()
        try await task.value
    }

    /// Runs statements in the hub's database.
    @discardableResult
    func psql(_ sql: String) async throws -> String {
        try await offPool { [cluster, database] in try cluster.psql(sql, database: database) }
    }

    /// Ends the listener's session, as an operator would.
    func cutListener() async throws {
        let pids = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%listener%'"
        let count = try await psql("SELECT count(pg_terminate_backend(pid, 5000)) FROM (\(pids)) listener")
        guard count == "1" else { throw TestSupportError("\(count) sessions were ended") }
    }

    /// How many readers a channel has.
    func readerCount(_ channel: ChannelName) -> Int {
        hub.channels.first { $0.name == channel }?.readerCount ?? 0
    }

    /// Waits until so many readers are there, and PostgreSQL has confirmed the LISTEN.
    func untilRead(_ channel: ChannelName, by count: Int = 1) async throws {
        try await eventually("\(count) readers follow \(channel)") {
            hub.channels.contains { $0.name == channel && $0.readerCount == count && $0.isListening }
        }
    }
}
