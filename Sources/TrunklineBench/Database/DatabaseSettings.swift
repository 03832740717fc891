/// What a run is to do that asks PostgreSQL itself, without a server in between.
package struct DatabaseSettings: Sendable {
    package enum Work: Sendable, Equatable {
        /// One connection notifies, another listens: how long it takes.
        case latency
        /// So many connections notify, a transaction each.
        case transactions(connectionCount: Int)
        /// One connection notifies, so many in one statement.
        case batches(size: Int)
    }

    package let work: Work
    /// A libpq connection string or URI; an empty one is libpq's environment.
    package let conninfo: String
    package var duration = Duration.seconds(5)
    package var databaseProcesses: [Int32] = []

    package init(_ work: Work, conninfo: String) {
        self.work = work
        self.conninfo = conninfo
    }
}
