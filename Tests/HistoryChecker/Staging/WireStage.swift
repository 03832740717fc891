import TestSupport
import Threads

/// A server of its own database, a proxy before it, and a witness beside it.
package final class WireStage: Sendable {
    package let cluster: PostgresCluster
    package let database: String
    package let proxy: CuttingProxy
    private let flags: [String]
    private let launcher: [String]
    private let server: Locked<ServerProcess>
    private let witness: Witness?

    /// - Parameters:
    ///   - cluster: the shared one, or one of the run's own that it may break.
    ///   - channels: all that the run posts on.
    ///   - flags: for the server, beside the database's.
    ///   - encoding: of the database.
    ///   - launcher: what starts the server; see `ServerProcess`.
    ///   - isWitnessed: whether somebody listens directly beside the server, in the same database.
    ///   - seed: for the cuts of the proxy.
    ///   - way: the connection string by which the server reaches the database that is named; by the socket if `nil`.
    package init(
        _ cluster: PostgresCluster, channels: [String], flags: [String] = [], encoding: DatabaseEncoding = .utf8,
        launcher: [String] = [], isWitnessed: Bool = true, seed: SplitMix64 = SplitMix64(),
        way: ((_ database: String) throws -> String)? = nil
    ) throws {
        self.cluster = cluster
        self.launcher = launcher
        database = try cluster.createDatabase(encoding: encoding)
        let conninfo = try way?(database) ?? cluster.conninfo(database: database)
        // Streams that the proxy has left hanging are noticed by their silence.
        self.flags = ["--database", conninfo, "--heartbeat", "1"] + flags
        let server = try ServerProcess(self.flags, launcher: launcher)
        try server.waitUntilReady()
        self.server = Locked(server)
        proxy = try CuttingProxy(upstream: server.port, seed: seed)
        witness = isWitnessed ? try Witness(channels, database: cluster.conninfo(database: database)) : nil
    }

    deinit {
        witness?.stop()
        proxy.stop()
    }

    package var conninfo: String { cluster.conninfo(database: database) }

    /// The server of the moment.
    package var process: ServerProcess { server.withLock { $0 } }

    /// The port of the server of the moment.
    package var port: @Sendable () -> UInt16 { { [self] in process.port } }

    /// Ends the server by a signal and starts another one in its place.
    package func restartServer(_ signal: Int32) throws {
        _ = try process.terminate(signal)
        let fresh = try ServerProcess(flags, launcher: launcher)
        server.withLock { $0 = fresh }
        proxy.forward(to: fresh.port)
    }

    /// A run over this stage.
    package func rehearsal(readers: [any RecordingReader], writers: [any Writer]) -> Rehearsal {
        Rehearsal(readers: readers, writers: writers, port: port) { [self] in
            (witness?.witnessed ?? [], witness?.isComplete ?? false)
        }
    }
}
