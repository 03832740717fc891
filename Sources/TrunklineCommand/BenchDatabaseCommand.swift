import ArgumentParser
import TrunklineBench

/// `trunkline bench database`: what PostgreSQL can do by itself.
struct BenchDatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database",
        abstract: "Notify through libpq, without a server.",
        discussion: """
            The limit of every server before this database. With neither --connections nor --batch: how long one NOTIFY \
            takes to reach a connection that listens.
            """)

    @Option(help: ArgumentHelp("PostgreSQL's connection string or URI (default: libpq's environment).", valueName: "dsn"))
    var database = ""
    @Option(help: "Notify on so many connections, a transaction each.")
    var connections: Int?
    @Option(help: "Notify on one connection, so many in one statement.")
    var batch: Int?
    @Option(help: ArgumentHelp("How long to measure.", valueName: "seconds"))
    var duration = DecimalSeconds(duration: .seconds(5))
    @Option(
        name: .customLong("database-pid"),
        help: ArgumentHelp("A process of PostgreSQL: its CPU is printed, with its children's.", valueName: "pid"))
    var databaseProcesses: [Int32] = []
    @Flag(help: "Print one JSON object.")
    var json = false

    /// - Throws: a sentence about the first option that makes no sense.
    func validate() throws {
        guard connections == nil || batch == nil else {
            throw ValidationError("--connections and --batch: give one of them")
        }
        try BenchNumber.check("--connections", connections, 1...1_000)
        try BenchNumber.check("--batch", batch, 1...10_000)
        try BenchNumber.check(duration: duration)
    }

    /// Runs it and prints the result.
    ///
    /// - Throws: `ExitCode`.
    func run() throws {
        let work: DatabaseSettings.Work =
            if let connections { .transactions(connectionCount: connections) } else if let batch { .batches(size: batch) } else
            {
                .latency
            }
        var settings = DatabaseSettings(work, conninfo: database)
        settings.duration = duration.duration
        settings.databaseProcesses = databaseProcesses
        try BenchRun.run(settings, isJSON: json)
    }
}
