import ArgumentParser
import TrunklineBench

/// What every benchmark is told: the server, and how to speak to it.
struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The server.", valueName: "http://host:port"))
    var url = "http://127.0.0.1:8080"

    @Option(
        help: ArgumentHelp(
            "What the names of the channels begin with; five digits follow (default: names that no other run has).",
            valueName: "name"))
    var channelPrefix: String?

    @Option(
        help: ArgumentHelp(
            "Where to wait; {channel} is replaced. For servers of another make (default: /wait?channel={channel} and the mode).",
            valueName: "target"))
    var waitPath: String?

    @Option(
        help: ArgumentHelp(
            "Where to post; {channel} is replaced, and so is {payload}, which else is the body.", valueName: "target"))
    var postPath = "/post?channel={channel}"

    @Option(
        name: .customLong("header"),
        help: ArgumentHelp("A field of every request; may be given several times.", valueName: "name: value"))
    var fields: [String] = []

    @Option(
        name: .customLong("server-pid"),
        help: ArgumentHelp(
            "A process of the server, on this machine: its CPU and memory are printed, with its children's.", valueName: "pid"))
    var serverProcesses: [Int32] = []

    @Option(
        name: .customLong("database-pid"),
        help: ArgumentHelp("A process of its database: the same, apart.", valueName: "pid"))
    var databaseProcesses: [Int32] = []

    @Flag(help: "Print one JSON object.")
    var json = false

    /// - Throws: a sentence about the first option that makes no sense.
    func validate() throws {
        _ = try target()
        if let field = fields.first(where: { !$0.contains(": ") || $0.contains { $0.isNewline } }) {
            throw ValidationError("--header \(field): must be 'name: value', on one line")
        }
        for (flag, path) in [("--wait-path", waitPath), ("--post-path", postPath)] {
            guard let path, !path.hasPrefix("/") || path.contains(where: \.isWhitespace) else { continue }
            throw ValidationError("\(flag) \(path): must begin with / and hold no space")
        }
        if let prefix = channelPrefix {
            guard prefix.utf8.count <= 50,
                prefix.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
            else { throw ValidationError("--channel-prefix \(prefix): must be at most 50 letters, digits, '.', '_' or '-'") }
        }
    }

    /// The settings that these options are.
    func settings() throws -> BenchSettings {
        var settings = BenchSettings(target: try target())
        settings.channelPrefix = channelPrefix
        settings.waitPath = waitPath
        settings.postPath = postPath
        settings.fields = fields
        settings.serverProcesses = serverProcesses
        settings.databaseProcesses = databaseProcesses
        return settings
    }

    private func target() throws -> Target {
        do {
            return try Target(url: url)
        } catch {
            throw ValidationError("--url \(error)")
        }
    }
}
