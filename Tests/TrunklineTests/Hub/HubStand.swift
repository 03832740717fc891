import Logging
import TestSupport
import Threads

@testable import Trunkline

/// A hub that runs, on the fake source or on PostgreSQL, with what a test does to its source from outside.
final class HubStand: Sendable {
    /// What the hub stands on.
    enum Ground: String, Sendable, CaseIterable {
        case fake
        case postgres
    }

    private enum Outside: Sendable {
        case fake(FakeSource)
        case postgres(PostgresCluster, database: String)
    }

    let hub: Hub
    private let outside: Outside
    private let running: Task<Void, any Error>

    private init(_ hub: Hub, _ outside: Outside) {
        self.hub = hub
        self.outside = outside
        running = Task { try await hub.run() }
    }

    /// Runs `body` with a hub that is ready, and stops it after.
    static func on<Value: Sendable>(
        _ ground: Ground, _ configuration: HubConfiguration = HubConfiguration(),
        _ body: (HubStand) async throws -> Value
    ) async throws -> Value {
        let stand: HubStand
        switch ground {
        case .fake:
            let source = try FakeSource()
            let hub = try Hub(
                source: source, timekeeper: Hub.makeTimekeeper(), configuration: configuration, logger: Logger.silent)
            stand = HubStand(hub, .fake(source))
        case .postgres:
            let (cluster, database) = try await offPool {
                let cluster = try PostgresCluster.shared
                return (cluster, try cluster.createDatabase())
            }
            stand = HubStand(
                try Hub(database: cluster.conninfo(database: database), configuration: configuration, logger: Logger.silent),
                .postgres(cluster, database: database))
        }
        return try await stand.use(true, body)
    }

    /// The same in a database of the test's own, which need not be reachable.
    static func on<Value: Sendable>(
        _ cluster: PostgresCluster, database: String = "postgres", _ configuration: HubConfiguration = HubConfiguration(),
        waitsUntilReady: Bool = true, _ body: (HubStand) async throws -> Value
    ) async throws -> Value {
        let hub = try Hub(
            database: cluster.conninfo(database: database), configuration: configuration, logger: Logger.silent)
        return try await HubStand(hub, .postgres(cluster, database: database)).use(waitsUntilReady, body)
    }

    private func use<Value>(_ waitsUntilReady: Bool, _ body: (HubStand) async throws -> Value) async throws -> Value {
        do {
            if waitsUntilReady { try await untilReady() }
            let value = try await body(self)
            try await stop()
            return value
        } catch {
            try await stop()
            throw error
        }
    }

    func untilReady() async throws {
        try await eventually("the hub is ready", within: .seconds(30)) { hub.core.complaint == nil }
    }

    func stop() async throws {
        running.cancel()
        try await running.value
    }

    // MARK: from outside

    /// Ends the listener's connection.
    func loseConnection() async throws {
        switch outside {
        case .fake(let source):
            source.disconnect()
            source.connect()
        case .postgres(let cluster, let database):
            try await offPool {
                let pids = try cluster.activity(database: database).filter { $0.applicationName == "trunkline listener" }
                for session in pids { try cluster.psql("SELECT pg_terminate_backend(\(session.pid), 5000)") }
            }
        }
    }

    // MARK: from inside

    var readerCount: Int { hub.core.table.withLock { $0.readerCount } }

    /// How many waiters are parked on a channel whose LISTEN is confirmed; 0 while it is not.
    func armedCount(_ name: ChannelName) -> Int {
        hub.core.table.withLock { table in
            guard let index = table.indexes[name], table.channels[index].status == .on else { return 0 }
            return table.channels[index].waiters.waiterCount
        }
    }

    func isListening(_ name: ChannelName) -> Bool {
        hub.core.table.withLock { table in
            table.indexes[name].map { table.channels[$0].status == .on } ?? false
        }
    }

    /// Waits until `count` waiters are armed on a channel.
    func untilArmed(_ name: ChannelName, _ count: Int = 1) async throws {
        try await eventually("\(count) are armed on \(name)", within: .seconds(30)) { armedCount(name) == count }
    }
}

extension Logger {
    /// Says nothing.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
