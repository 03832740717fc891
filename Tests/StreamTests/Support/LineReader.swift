import Foundation
import TestSupport

/// Reads the lines of a stream in text or JSON. Its calls block.
final class LineReader {
    let body: StreamBody
    private var unread: [UInt8] = []
    private var start = 0

    init(_ body: StreamBody) {
        self.body = body
    }

    /// The next line without its line feed; `nil` at the end.
    func next() throws -> String? {
        try nextBytes().map { String(decoding: $0, as: UTF8.self) }
    }

    /// The next line as bytes; `nil` at the end.
    ///
    /// - Throws: a `TestSupportError` for an end in the middle of a line.
    func nextBytes() throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = unread[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(unread[start..<end])
            }
            unread.removeSubrange(..<start)
            start = 0
            searched = unread.count
            guard let chunk = try body.next() else {
                guard unread.isEmpty else { throw TestSupportError("the stream ended within a line: \(unread)") }
                return nil
            }
            unread += chunk
        }
    }

    /// The next lines, exactly so many.
    func next(_ count: Int) throws -> [String] {
        try (0..<count).map { number in
            guard let line = try next() else { throw TestSupportError("the stream ended after \(number) of \(count) lines") }
            return line
        }
    }

    /// All that is left, up to the end.
    func rest() throws -> [String] {
        var lines: [String] = []
        while let line = try next() { lines.append(line) }
        return lines
    }

    /// The next line of a JSON stream; `nil` at the end.
    func nextObject() throws -> StreamObject? {
        try nextBytes().map { try JSONDecoder().decode(StreamObject.self, from: Data($0)) }
    }

    /// The next line of a JSON stream, which must come.
    func object() throws -> StreamObject {
        guard let object = try nextObject() else { throw TestSupportError("the stream ended before an object") }
        return object
    }
}

extension ServerProcess {
    /// A line stream whose head has come.
    func lines(
        _ query: String, _ fields: [String] = [], patience: Duration = .seconds(30), receiveBuffer: Int32? = nil
    ) throws -> LineReader {
        LineReader(try stream("/wait?mode=stream&\(query)", fields, patience: patience, receiveBuffer: receiveBuffer))
    }
}
