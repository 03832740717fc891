import Glibc
import Threads

/// Measures what a run uses, from one moment to another: this process, and those of the server and its database if they are
/// named.
struct Meter {
    private let serverProcesses: [Int32]
    private let databaseProcesses: [Int32]
    let start: Int64
    private let ownSeconds: Double
    private let server: ProcessUse?
    private let database: ProcessUse?
    /// The server's memory before the run's connections were made.
    private let residentBytesBefore: Int?

    /// - Parameters:
    ///   - serverProcesses: with their children, as those of the database; none are not measured.
    ///   - earlier: the meter from before the connections were made.
    init(server serverProcesses: [Int32], database databaseProcesses: [Int32], after earlier: Meter? = nil) throws(BenchError) {
        self.serverProcesses = serverProcesses
        self.databaseProcesses = databaseProcesses
        server = try Self.use(serverProcesses)
        database = try Self.use(databaseProcesses)
        residentBytesBefore = earlier?.residentBytesBefore ?? server?.residentBytes
        ownSeconds = Self.ownSeconds()
        start = MonotonicInstant.now.nanoseconds
    }

    /// A meter for a run against a server.
    init(_ settings: BenchSettings, after earlier: Meter? = nil) throws(BenchError) {
        try self.init(server: settings.serverProcesses, database: settings.databaseProcesses, after: earlier)
    }

    /// Fills in what was used since the meter was made.
    func finish(_ result: inout BenchResult, connectionCount: Int) throws(BenchError) {
        let own = Self.ownSeconds() - ownSeconds
        let seconds = Double(MonotonicInstant.now.nanoseconds - start) / 1e9
        result.generator = Use(cpuSeconds: own, seconds: seconds, unitCount: result.count)
        if let server, let now = try Self.use(serverProcesses) {
            let grown = Double(now.residentBytes - (residentBytesBefore ?? 0))
            result.server = Use(
                cpuSeconds: now.cpuSeconds - server.cpuSeconds, seconds: seconds, unitCount: result.count,
                residentBytes: now.residentBytes,
                perConnection: connectionCount > 0 ? grown / Double(connectionCount) : nil)
        }
        if let database, let now = try Self.use(databaseProcesses) {
            result.database = Use(
                cpuSeconds: now.cpuSeconds - database.cpuSeconds, seconds: seconds, unitCount: result.count,
                residentBytes: now.residentBytes)
        }
    }

    private static func use(_ processes: [Int32]) throws(BenchError) -> ProcessUse? {
        processes.isEmpty ? nil : try ProcessUse(of: processes)
    }

    private static func ownSeconds() -> Double {
        var usage = rusage()
        let result = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        precondition(result == 0, "getrusage failed with \(errno)")
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
