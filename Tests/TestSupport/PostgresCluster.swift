import Foundation
import Glibc
import Synchronization

/// A throw-away PostgreSQL: its own data directory, reached by a socket in it, trusting everybody. All calls block and belong
/// into `offPool`.
///
/// It is stopped with the last reference to it, or by the `Janitor`, which also deletes it.
package final class PostgresCluster: Sendable {
    /// How a server is told to stop, in the words of `pg_ctl`.
    package enum StopMode: String, Sendable {
        /// Sessions are ended (57P01).
        case fast
        /// As in a crash (57P02).
        case immediate
    }

    private static let sharedResult = Result { try PostgresCluster() }
    private static let serial = Atomic(0)

    /// The cluster of ordinary tests, made at its first use. A test that breaks the server makes one of its own.
    package static var shared: PostgresCluster { get throws { try sharedResult.get() } }

    /// Holds the data directory, the server's log and the socket.
    package let directory: String
    /// The port on 127.0.0.1, or `nil`: by socket only.
    package let port: UInt16?
    let account = ServerAccount()
    private let launcher: [String]

    /// Makes and starts a cluster.
    ///
    /// - Parameters:
    ///   - syncsToDisk: whether the server waits for the disk, as it would in life.
    ///   - listensOnTCP: whether it can also be reached on a port of 127.0.0.1.
    ///   - settings: lines for `postgresql.conf`, by name.
    ///   - launcher: a program with its arguments that starts the server: `ip netns exec NAME`, say.
    package init(
        syncsToDisk: Bool = false, listensOnTCP: Bool = false, settings: [String: String] = [:], launcher: [String] = []
    ) throws {
        self.launcher = launcher
        let number = Self.serial.add(1, ordering: .relaxed).newValue
        directory = try "\(Janitor.shared.directory)/c\(number)"
        port = listensOnTCP ? try RawConnection.unusedPort() : nil
        guard "\(directory)/.s.PGSQL.65535".utf8.count < 108 else {
            throw TestSupportError("\(directory) is too long for a socket: let TRUNKLINE_TEST_DIRECTORY be a shorter one")
        }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        try account.takeOver(directory)
        try account.check("/bin/cp", ["-a", ClusterTemplate.dataDirectory, dataDirectory])
        var lines = [
            "listen_addresses": port == nil ? "" : "127.0.0.1", "port": "\(port ?? 5432)",
            "unix_socket_directories": directory, "fsync": syncsToDisk ? "on" : "off", "max_connections": "200",
        ]
        lines.merge(settings) { $1 }
        try append(lines.map { "\($0) = '\($1)'" }, to: "postgresql.conf")
        try start()
    }

    deinit {
        if let pid = postmasterPID { kill(pid, SIGQUIT) }
    }

    package var dataDirectory: String { "\(directory)/data" }

    /// Starts the server and waits until it accepts connections.
    package func start() throws {
        try account.check(
            PostgresPrograms.path(of: "pg_ctl"), ["-D", dataDirectory, "-l", "\(directory)/log", "-w", "start"],
            launcher: launcher)
    }

    /// Stops the server and waits until it has gone.
    package func stop(_ mode: StopMode = .fast) throws {
        try account.check(PostgresPrograms.path(of: "pg_ctl"), ["-D", dataDirectory, "-m", mode.rawValue, "-w", "stop"])
    }

    /// Stops the server and starts it again.
    package func restart(_ mode: StopMode = .fast) throws {
        try stop(mode)
        try start()
    }

    /// The server's first process; `nil` while it is stopped.
    package var postmasterPID: pid_t? {
        do {
            let text = try String(contentsOfFile: "\(dataDirectory)/postmaster.pid", encoding: .utf8)
            return text.split(separator: "\n").first.flatMap { pid_t($0) }
        } catch {
            // The server deletes the file when it stops.
            return nil
        }
    }

    /// What the server has logged.
    package var log: String {
        get throws { String(decoding: try Data(contentsOf: URL(filePath: "\(directory)/log")), as: UTF8.self) }
    }

    /// Replaces the rules by which sessions are let in, and makes them hold for new ones.
    ///
    /// - Parameter rules: lines of `pg_hba.conf`; rules that let `postgres` in by the socket must be among them.
    package func setAuthentication(_ rules: [String]) throws {
        try Data().write(to: URL(filePath: "\(dataDirectory)/pg_hba.conf"))
        try append(rules, to: "pg_hba.conf")
        try reload()
    }

    private func append(_ lines: [String], to file: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: "\(dataDirectory)/\(file)"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(lines.map { $0 + "\n" }.joined().utf8))
        try handle.close()
    }
}
