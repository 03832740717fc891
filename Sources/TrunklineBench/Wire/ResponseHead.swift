/// The head of an answer: what a benchmark needs of it. RFC 9112 §2.
struct ResponseHead {
    /// How long the body is. RFC 9112 §6.
    enum Framing: Equatable {
        case length(Int)
        case chunked
        case untilClose
    }

    private(set) var status = 0
    private(set) var framing = Framing.untilClose
    /// The server will close after this answer.
    private(set) var isLast = false
    /// The answer tells of notifications that were missed.
    private(set) var tellsGap = false
    /// Where the validators stand, which the next poll brings back.
    private(set) var entityTag: Range<Int>?
    private(set) var lastModified: Range<Int>?

    /// Whether the answer says no.
    var isRefusal: Bool { Self.isRefusal(status) }

    static func isRefusal(_ status: Int) -> Bool { status / 100 != 2 && status != 304 }

    /// Reads a head.
    ///
    /// - Parameter position: where it begins; moved behind it.
    /// - Returns: `nil` when it is not complete, `position` as it was.
    static func read(_ bytes: Span<UInt8>, at position: inout Int) -> ResponseHead? {
        var head = ResponseHead()
        var start = position
        var isFirst = true
        while let end = bytes.index(of: UInt8(ascii: "\n"), in: start..<bytes.count) {
            let line = start..<(end > start && bytes[end - 1] == UInt8(ascii: "\r") ? end - 1 : end)
            start = end + 1
            if isFirst {
                head.readStatus(bytes, line)
                isFirst = false
            } else if line.isEmpty {
                position = start
                if head.status == 204 || head.status == 304 || head.status / 100 == 1 { head.framing = .length(0) }
                return head
            } else {
                head.readField(bytes, line)
            }
        }
        return nil
    }

    /// `HTTP/1.1 200 OK`. Another text has status 0.
    private mutating func readStatus(_ bytes: Span<UInt8>, _ line: Range<Int>) {
        guard line.count >= 12, bytes.has("HTTP/1.", at: line.lowerBound) else { return }
        isLast = bytes[line.lowerBound + 7] == UInt8(ascii: "0")
        status = Self.number(bytes, line.lowerBound + 9..<line.lowerBound + 12)
    }

    private mutating func readField(_ bytes: Span<UInt8>, _ line: Range<Int>) {
        guard let colon = bytes.index(of: UInt8(ascii: ":"), in: line) else { return }
        var value = colon + 1..<line.upperBound
        while !value.isEmpty, bytes[value.lowerBound] == UInt8(ascii: " ") { value = value.lowerBound + 1..<value.upperBound }
        // The length of the name tells most fields apart, before any text is compared.
        switch colon - line.lowerBound {
        case 14 where bytes.has("content-length", at: line.lowerBound):
            if framing != .chunked { framing = .length(Self.number(bytes, value)) }
        case 17 where bytes.has("transfer-encoding", at: line.lowerBound) && bytes.has("chunked", at: value.lowerBound):
            framing = .chunked
        case 10 where bytes.has("connection", at: line.lowerBound) && bytes.has("close", at: value.lowerBound):
            isLast = true
        case 4 where bytes.has("etag", at: line.lowerBound): entityTag = value
        case 13 where bytes.has("last-modified", at: line.lowerBound): lastModified = value
        case 13 where bytes.has("trunkline-gap", at: line.lowerBound): tellsGap = true
        default: break
        }
    }

    /// The digits at the beginning of a range; no sensible length has more than 18.
    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        var number = 0
        for index in range.prefix(18) {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            number = number * 10 + Int(digit)
        }
        return number
    }
}
