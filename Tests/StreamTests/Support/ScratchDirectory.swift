import Foundation
import Synchronization
import TestSupport

/// A directory of a test's own, which every user may write to; deleted with the last reference to it, or with all that the
/// tests have put beside it.
final class ScratchDirectory: Sendable {
    private static let serial = Atomic(0)

    let path: String

    init() throws {
        // Beside the clusters, where whatever is left is deleted however the tests end.
        let parent = URL(filePath: try PostgresCluster.shared.directory).deletingLastPathComponent()
        path = parent.appending(path: "s\(Self.serial.add(1, ordering: .relaxed).newValue)").path
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

    /// Writes a file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        return file
    }
}
