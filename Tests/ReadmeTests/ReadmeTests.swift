import Foundation
import TestSupport
import Testing

@Suite("README")
struct ReadmeTests {
    @Test("its example of the library is the one that is compiled here")
    func exampleIsCompiled() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let source = try String(contentsOf: folder.appending(path: "LibraryExample.swift"), encoding: .utf8)
        let readme = try String(contentsOf: folder.appending(path: "../../README.md"), encoding: .utf8)
        let example = try #require(Self.between("    // README begins\n", "    // README ends\n", in: source))
            .split(separator: "\n").map { $0.dropFirst(4) }.joined(separator: "\n")
        let shown = try #require(Self.between("```swift\n", "\n```", in: readme))
        #expect(shown == example)
        #expect(shown.split(separator: "\n").count <= 11)
    }

    @Test("its example of the library hears, posts and waits")
    func exampleRuns() async throws {
        let cluster = try await offPool { try PostgresCluster.shared }
        let database = try await offPool { try cluster.createDatabase() }
        let printed = Printed()
        let example = Task {
            try await libraryExample(database: cluster.conninfo(database: database)) { printed.append($0) }
        }
        // Again and again: what is sent before it listens is not heard.
        try await eventually("the example has heard an order", within: .seconds(30)) {
            try await offPool { _ = try cluster.psql("NOTIFY orders, '43'", database: database) }
            return printed.lines.contains("order 43")
        }
        try await eventually("the example has got its answer", within: .seconds(30)) {
            try await offPool { _ = try cluster.psql("NOTIFY answers, 'yes'", database: database) }
            return printed.lines.contains("answer yes")
        }
        try await example.value
    }

    private static func between(_ start: String, _ end: String, in text: String) -> String? {
        guard let first = text.range(of: start), let last = text.range(of: end, range: first.upperBound..<text.endIndex) else {
            return nil
        }
        return String(text[first.upperBound..<last.lowerBound])
    }
}
