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
    private let process: ChildProcess
    private let directory: ScratchDirectory

    package init(_ mode: Mode, to cluster: PostgresCluster) throws {
        directory = try ScratchDirectory()
        port = try RawConnection.unusedPort()
        let file = try directory.write(
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
        process = try .unprivileged(InstalledProgram.path("/usr/sbin/pgbouncer", package: "pgbouncer"), [file])
        try blockUntil("pgbouncer listens") {
            if process.pollExit() != nil { throw TestSupportError("pgbouncer has ended: \(process.errors.text)") }
            guard let connection = TCP.connect(port) else { return false }
            TCP.reset(connection)
            return true
        }
    }

    /// The connection string of a database behind it.
    package func conninfo(database: String) -> String {
        "host=127.0.0.1 port=\(port) dbname=\(database) user=postgres"
    }

    /// What it logs.
    package var log: [String] { process.errors.lines }
}
