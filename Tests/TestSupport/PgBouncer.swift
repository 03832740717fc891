import Glibc
import Threads

/// pgbouncer in front of a cluster, as an ordinary user.
package final class PgBouncer: Sendable {
    /// When a client gives its session back to the others.
    package enum Mode: String, Sendable {
        /// When it leaves.
        case session
        /// After each transaction.
        case transaction
    }

    /// Where it listens, on 127.0.0.1.
    package let port: UInt16
    private let process: Locked<ChildProcess>
    private let file: String
    private let directory: ScratchDirectory

    package init(_ mode: Mode, to cluster: PostgresCluster) throws {
        directory = try ScratchDirectory()
        port = try RawConnection.unusedPort()
        file = try directory.write(
            """
            [databases]
            * = host=\(cluster.directory) port=\(cluster.port ?? 5432) user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = any
            pool_mode = \(mode.rawValue)

            """, to: "pgbouncer.ini")
        process = Locked(try Self.start(file, port))
    }

    /// Ends it with all its connections, and starts another one in its place.
    package func restart() throws {
        let old = process.withLock { $0 }
        old.signal(SIGKILL)
        _ = try old.waitForExit()
        let fresh = try Self.start(file, port)
        process.withLock { $0 = fresh }
    }

    private static func start(_ file: String, _ port: UInt16) throws -> ChildProcess {
        let pgbouncer = try InstalledProgram.path("/usr/sbin/pgbouncer", package: "pgbouncer")
        let process = try ChildProcess.unprivileged(pgbouncer, [file])
        try blockUntil("pgbouncer listens") {
            if process.pollExit() != nil { throw TestSupportError("pgbouncer has ended: \(process.errors.text)") }
            guard let connection = TCP.connect(port) else { return false }
            TCP.reset(connection)
            return true
        }
        return process
    }

    /// The connection string of a database behind it.
    package func conninfo(database: String) -> String {
        "host=127.0.0.1 port=\(port) dbname=\(database) user=postgres"
    }
}
