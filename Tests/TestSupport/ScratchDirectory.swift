import Foundation
import Synchronization

/// A directory of a test's own, which every user may write to; deleted with the last reference to it, or with all that the
/// tests have put beside it.
package final class ScratchDirectory: Sendable {
    private static let serial = Atomic(0)

    package let path: String

    package init() throws {
        // Beside the clusters, where whatever is left is deleted however the tests end.
        path = "\(try Janitor.shared.directory)/s\(Self.serial.add(1, ordering: .relaxed).newValue)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard chmod(path, 0o777) == 0 else { throw TestSupportError("cannot open \(path) to all") }
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // A program that was killed may still be writing; then it goes with the rest.
        }
    }

    /// Writes a file, in place if it is there already, and returns its path.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }
}
