import Foundation
import TestSupport

/// Programs and pages that lie beside the tests.
enum Programs {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The path of one of them.
    static func path(of name: String) -> String {
        tests.appending(path: "Clients/Programs/\(name)").path
    }

    /// The Python in whose environment the third-party clients are.
    ///
    /// - Throws: a `TestSupportError` that says how to install them.
    static func python() throws -> String {
        let path = PackageFiles.root.appending(path: ".build/test-clients/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestSupportError("there is no \(path): run the tests with scripts/test, which installs it")
        }
        return path
    }
}
