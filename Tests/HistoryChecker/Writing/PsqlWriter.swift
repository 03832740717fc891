import Glibc
import TestSupport

/// Posts past the server, by psql.
package struct PsqlWriter: Writer {
    private let name: String
    private let channels: [String]
    private let cluster: PostgresCluster
    private let database: String
    private let batchCount: Int
    private let pause: Duration

    /// - Parameters:
    ///   - batchCount: how many notifications go in one transaction, on all channels in turn.
    ///   - pause: between two transactions.
    package init(
        _ name: String, _ channels: [String], cluster: PostgresCluster, database: String, batchCount: Int = 1,
        pause: Duration = .zero
    ) {
        self.name = name
        self.channels = channels
        self.cluster = cluster
        self.database = database
        self.batchCount = batchCount
        self.pause = pause
    }

    package func write(to log: WritingLog, until isOver: @Sendable () -> Bool) throws {
        var session: PsqlSession?
        var serial = 0
        while !isOver() {
            let range = serial..<serial + batchCount
            serial += batchCount
            let items = range.map { (channel: channels[$0 % channels.count], payload: "<\(name)-\($0)>", serial: $0) }
            log.write(items, by: name) {
                do {
                    if session == nil { session = try PsqlSession(cluster, database: database) }
                    try session?.run(statement(range), within: .seconds(10))
                    return .acknowledged
                } catch {
                    // The session ended before or after the commit: the witness knows.
                    session = nil
                    return .unknown
                }
            }
            usleep(UInt32(pause / .microseconds(1)))
        }
    }

    /// `pg_notify` keeps the order of the rows.
    private func statement(_ range: Range<Int>) -> String {
        let names = channels.map { "'\($0)'" }.joined(separator: ",")
        return """
            SELECT count(pg_notify((ARRAY[\(names)])[n % \(channels.count) + 1], '<\(name)-' || n || '>'))
            FROM generate_series(\(range.lowerBound), \(range.upperBound - 1)) n;
            """
    }
}
