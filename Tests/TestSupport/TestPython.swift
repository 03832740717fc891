import Foundation

/// The Python in whose environment `scripts/test` installs the third-party programs of the tests.
package enum TestPython {
    /// The path of its interpreter.
    ///
    /// - Throws: a `TestSupportError` that says how to install it.
    package static func path() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let path = root.appending(path: ".build/test-clients/bin/python").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestSupportError("there is no \(path): run the tests with scripts/test, which installs it")
        }
        return path
    }
}
