import Subprocess

/// The log of a running server, line by line.
struct LogLines {
    var iterator: SubprocessOutputSequence.StringSequence<UTF8>.AsyncIterator

    /// The next line; `nil` when the process has closed its log.
    mutating func next() async throws -> String? {
        try await iterator.next()
    }

    /// Reads on to the line that holds the words.
    ///
    /// - Throws: `LogEnded` when there is none.
    @discardableResult
    mutating func skip(to words: String) async throws -> String {
        while let line = try await next() {
            if line.contains(words) { return line }
        }
        throw LogEnded(awaited: words)
    }
}
