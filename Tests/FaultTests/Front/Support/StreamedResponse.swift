import TestSupport

/// Takes an answer in chunks apart as it comes, cut anywhere (RFC 9112 §7.1).
struct StreamedResponse {
    private enum Part {
        case head
        case size
        case chunk(left: Int)
        case chunkEnd
        case over
    }

    private var part = Part.head
    private var unread: [UInt8] = []
    private(set) var status: Int?

    /// The last chunk has come: the server has ended the answer, not a fault.
    var isComplete: Bool {
        if case .over = part { return true }
        return false
    }

    /// Takes what came over the wire.
    ///
    /// - Returns: what is new of the body.
    /// - Throws: when it is no such answer.
    mutating func take(_ bytes: some Sequence<UInt8>) throws -> [UInt8] {
        unread += bytes
        var body: [UInt8] = []
        var rest = unread[...]
        while try advance(&rest, &body) {}
        unread = Array(rest)
        return body
    }

    private mutating func advance(_ rest: inout ArraySlice<UInt8>, _ body: inout [UInt8]) throws -> Bool {
        switch part {
        case .head:
            guard let line = Self.line(&rest) else { return false }
            if status == nil {
                guard line.hasPrefix("HTTP/1.1 "), let code = Int(line.dropFirst(9).prefix(3)) else {
                    throw TestSupportError("no status line: \(line)")
                }
                status = code
            } else if line.isEmpty {
                part = .size
            }
        case .size:
            guard let line = Self.line(&rest) else { return false }
            guard let count = Int(line, radix: 16) else { throw TestSupportError("no size of a chunk: \(line.prefix(100))") }
            part = count == 0 ? .over : .chunk(left: count)
        case .chunk(let left):
            guard !rest.isEmpty else { return false }
            body += rest.prefix(left)
            part = rest.count < left ? .chunk(left: left - rest.count) : .chunkEnd
            rest = rest.dropFirst(left)
        case .chunkEnd:
            guard let line = Self.line(&rest) else { return false }
            guard line.isEmpty else { throw TestSupportError("no line end after a chunk but \(line.prefix(100))") }
            part = .size
        case .over: return false
        }
        return true
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let end = rest.firstRange(of: [UInt8(ascii: "\r"), UInt8(ascii: "\n")]) else { return nil }
        defer { rest = rest[end.upperBound...] }
        return String(decoding: rest[..<end.lowerBound], as: UTF8.self)
    }
}
