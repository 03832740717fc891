import ArgumentParser

/// The executable `trunkline`. Without a subcommand it prints its help.
///
/// Its main function must stay synchronous: behind an asynchronous one, the runtime parks the main thread in `sigsuspend`
/// with an empty mask, and a SIGTERM that every other thread has blocked kills the process there.
@main
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trunkline",
        abstract: "Waits and posts over PostgreSQL's LISTEN and NOTIFY.",
        version: "0.1.0",
        subcommands: [ServeCommand.self, BenchCommand.self]
    )
}
