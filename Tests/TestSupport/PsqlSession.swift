/// A psql that stays connected, to hold a transaction open or to be somebody else. Its calls block.
package final class PsqlSession: Sendable {
    private static let mark = "-- that was all --\n"
    private let process: ChildProcess

    /// Connects to a database.
    package init(_ cluster: PostgresCluster, database: String = "postgres") throws {
        process = try ChildProcess(
            PostgresPrograms.path(of: "psql"), Self.arguments(cluster.conninfo(database: database)))
    }

    /// Runs statements and returns the rows: fields separated by `|`, a row a line.
    ///
    /// - Throws: a `TestSupportError` with the server's words if one of them failed, or when there is no answer in time.
    @discardableResult
    package func run(_ sql: String, within duration: Duration = .seconds(30)) throws -> String {
        try send(sql)
        return try finish(within: duration)
    }

    /// Begins to run statements.
    package func send(_ sql: String) throws {
        let mark = Self.mark.dropLast()
        // A line of its own each: a backslash command ends with its line.
        try process.write(Array("\(sql)\n;\n\\echo '\(mark)'\n\\warn '\(mark)'\n".utf8))
    }

    /// Waits for what `send(_:)` began; see `run(_:within:)`.
    @discardableResult
    package func finish(within duration: Duration = .seconds(30)) throws -> String {
        var rows: String?
        var complaints: String?
        try blockUntil("psql has answered", within: duration) {
            rows = rows ?? process.output.take(before: Self.mark)
            complaints = complaints ?? process.errors.take(before: Self.mark)
            if process.pollExit() != nil { throw TestSupportError("psql has ended: \(process.errors.text)") }
            return rows != nil && complaints != nil
        }
        // Notices and warnings are no failures.
        let failures = ["ERROR:", "FATAL:", "server closed the connection", "no connection to the server"]
        if let complaints, failures.contains(where: complaints.contains) { throw TestSupportError(complaints) }
        return (rows ?? "").split(separator: "\n").joined(separator: "\n")
    }

    /// How psql is to be started: no file of the user's, bare rows, errors with their SQLSTATE.
    static func arguments(_ conninfo: String) -> [String] {
        ["-X", "-q", "-A", "-t", "-v", "VERBOSITY=verbose", "-f", "-", "-d", conninfo]
    }
}
