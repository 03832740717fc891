import Foundation

/// Where the programs of PostgreSQL are.
enum PostgresPrograms {
    /// The path of a server program: in the directory named by `TRUNKLINE_TEST_POSTGRES`, or the newest that Debian has
    /// installed, or along `PATH`.
    static func path(of program: String) throws -> String {
        if let directory = ProcessEnvironment.variables["TRUNKLINE_TEST_POSTGRES"] { return "\(directory)/\(program)" }
        let debian = "/usr/lib/postgresql"
        guard FileManager.default.fileExists(atPath: debian),
            let newest = try FileManager.default.contentsOfDirectory(atPath: debian).compactMap({ Int($0) }).max()
        else { return try ProcessEnvironment.path(of: program) }
        return "\(debian)/\(newest)/bin/\(program)"
    }
}
