import Foundation
import TestSupport

/// Programs and pages that lie beside the tests.
enum Programs {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    /// The path of one of them.
    static func path(of name: String) -> String {
        tests.appending(path: "Clients/Programs/\(name)").path
    }
}
