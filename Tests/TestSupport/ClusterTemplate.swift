import Foundation

/// A data directory that `initdb` made once for this process, and that each cluster is a copy of.
enum ClusterTemplate {
    private static let result = Result { try make() }

    /// The directory to copy.
    static var dataDirectory: String { get throws { try result.get() } }

    private static func make() throws -> String {
        let directory = "\(try Janitor.shared.directory)/template"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        let account = ServerAccount()
        try account.takeOver(directory)
        try account.check(
            PostgresPrograms.path(of: "initdb"),
            [
                "-D", "\(directory)/data", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
                "--no-sync",
            ])
        return "\(directory)/data"
    }
}
