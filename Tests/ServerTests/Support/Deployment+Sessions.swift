import TestSupport

extension Deployment {
    /// A stranger's session that listens.
    func listener(on channels: String...) throws -> ForeignListener {
        try ForeignListener(cluster.conninfo(database: database), channels: channels.map { Array($0.utf8) })
    }

    /// The sessions of the server in `pg_stat_activity`, by their names.
    func sessionNames() throws -> [String] {
        try cluster.activity(database: database).map(\.applicationName).filter { $0.hasPrefix("trunkline") }.sorted()
    }
}
