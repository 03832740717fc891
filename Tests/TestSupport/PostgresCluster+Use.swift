import Foundation
import Synchronization

private let databaseSerial = Atomic(0)

extension PostgresCluster {
    /// Makes an empty database.
    ///
    /// - Returns: its name, which no other database has.
    package func createDatabase(encoding: DatabaseEncoding = .utf8) throws -> String {
        let name = "test_\(databaseSerial.add(1, ordering: .relaxed).newValue)"
        try psql("CREATE DATABASE \(name) TEMPLATE template0 ENCODING '\(encoding.rawValue)' LOCALE 'C'")
        return name
    }

    /// The connection string of a database, by the socket.
    package func conninfo(database: String = "postgres") -> String {
        "host=\(directory) port=\(port ?? 5432) dbname=\(database) user=postgres"
    }

    /// The connection string of a database by TCP, for a cluster that listens there.
    package func conninfoOverTCP(database: String = "postgres") throws -> String {
        guard let port else { throw TestSupportError("this cluster does not listen on TCP") }
        return "host=127.0.0.1 port=\(port) dbname=\(database) user=postgres"
    }

    /// Runs statements, each in a transaction of its own, and returns the rows: fields separated by `|`, a row a line.
    ///
    /// - Throws: a `TestSupportError` with the server's words, after the first statement that fails.
    @discardableResult
    package func psql(_ sql: String, database: String = "postgres") throws -> String {
        let text = try ChildProcess.check(
            PostgresPrograms.path(of: "psql"), PsqlSession.arguments(conninfo(database: database)) + ["-v", "ON_ERROR_STOP=1"],
            input: Array(sql.utf8))
        return text.last == "\n" ? String(text.dropLast()) : text
    }

    /// Changes a setting of the whole cluster and waits until new sessions have it.
    ///
    /// - Parameter value: `nil` for the default.
    package func configure(_ key: String, _ value: String?) throws {
        try psql("ALTER SYSTEM \(value.map { "SET \(key) = '\($0)'" } ?? "RESET \(key)")")
        try reload()
    }

    /// Makes the server read its files again and waits until it has.
    func reload() throws {
        let loaded = "SELECT pg_conf_load_time()"
        let before = try psql(loaded)
        try psql("SELECT pg_reload_conf()")
        try blockUntil("the server has read its configuration again") { try psql(loaded) != before }
    }

    /// One session that is a client's, from `pg_stat_activity`.
    package struct Activity: Sendable, Decodable, Equatable {
        package let applicationName: String
        package let pid: Int32
        package let state: String?
        package let query: String
    }

    /// All sessions of clients but the one that asks.
    package func activity(database: String? = nil) throws -> [Activity] {
        let json = try psql(
            """
            SELECT coalesce(json_agg(json_build_object('applicationName', application_name, 'pid', pid, 'state', state,
                'query', query) ORDER BY pid), '[]')
            FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                \(database.map { "AND datname = '\($0)'" } ?? "")
            """)
        return try JSONDecoder().decode([Activity].self, from: Data(json.utf8))
    }
}
