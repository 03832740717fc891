import ArgumentParser

/// `trunkline bench`: puts load on a server and says how it bears it.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure a running server.",
        discussion: """
            The load comes from one thread. Each payload carries the run and a number, so that nothing lost or doubled goes \
            unseen. The generator's own CPU is printed: where it is busy, the server may be faster than it looks. Run several \
            then. The exit code is 0 if nothing was lost, doubled or refused, 1 if something was, 69 if nobody answers.
            """,
        subcommands: [
            BenchPostCommand.self, BenchFanoutCommand.self, BenchRoundtripCommand.self, BenchHoldCommand.self,
            BenchDatabaseCommand.self,
        ]
    )
}
