import Foundation
import TestSupport

/// Programs and pages that lie beside the tests.
enum Programs {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The root of the package.
    static let root = tests.deletingLastPathComponent().deletingLastPathComponent()

    /// The path of one of them.
    static func path(of name: String) -> String {
        tests.appending(path: "Clients/Programs/\(name)").path
    }

    /// The content of a file of the package.
    static func content(of path: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    /// The first of these programs that is there.
    ///
    /// - Throws: a `TestSupportError` that names the package of Debian.
    static func installed(_ paths: String..., package: String) throws -> String {
        for path in paths where FileManager.default.isExecutableFile(atPath: path) { return path }
        throw TestSupportError("there is no \(paths[0]): install the package \(package), as scripts/test does")
    }
}
