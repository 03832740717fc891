import Foundation

/// Programs that are not part of every Debian.
package enum InstalledProgram {
    /// The first of these programs that is there.
    ///
    /// - Throws: a `TestSupportError` that names the package of Debian.
    package static func path(_ paths: String..., package: String) throws -> String {
        for path in paths where FileManager.default.isExecutableFile(atPath: path) { return path }
        throw TestSupportError("there is no \(paths[0]): install the package \(package), as scripts/test does")
    }
}
