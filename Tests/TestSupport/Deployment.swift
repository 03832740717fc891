/// The server at work on a database of its own. Its calls block.
package struct Deployment: Sendable {
    private static let sharedResult = Result { try Deployment() }

    /// The one of ordinary tests, which keep to channels of their own; made at its first use.
    package static var shared: Deployment { get throws { try sharedResult.get() } }

    package let server: ServerProcess
    package let cluster: PostgresCluster
    package let database: String

    /// Starts the server on a new database and waits until it is ready.
    ///
    /// - Parameters:
    ///   - cluster: the shared one if `nil`.
    ///   - flags: beside the address and the database.
    package init(on cluster: PostgresCluster? = nil, encoding: DatabaseEncoding = .utf8, _ flags: [String] = []) throws {
        try OpenFiles.allowMany()
        self.cluster = try cluster ?? .shared
        database = try self.cluster.createDatabase(encoding: encoding)
        server = try ServerProcess(["--database", self.cluster.conninfo(database: database)] + flags)
        try server.waitUntilReady()
    }

    /// Runs statements in the server's database.
    @discardableResult
    package func psql(_ sql: String) throws -> String {
        try cluster.psql(sql, database: database)
    }
}
