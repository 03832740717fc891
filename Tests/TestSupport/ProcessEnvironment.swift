import Foundation

/// The environment of the test process.
enum ProcessEnvironment {
    /// All variables.
    static var variables: [String: String] { ProcessInfo.processInfo.environment }

    /// The directory of the test bundle, where the build puts the executables.
    static var buildDirectory: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// Where a command is found along `PATH` and in the directories of the system; an absolute path is itself.
    static func path(of command: String) throws -> String {
        if command.hasPrefix("/") { return command }
        let system = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        let directories = (variables["PATH"] ?? "").split(separator: ":").map(String.init) + system
        for directory in directories where FileManager.default.isExecutableFile(atPath: "\(directory)/\(command)") {
            return "\(directory)/\(command)"
        }
        throw TestSupportError("there is no \(command) in \(directories.joined(separator: ":"))")
    }
}
