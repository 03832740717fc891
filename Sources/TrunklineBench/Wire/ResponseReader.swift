/// Takes the answers of one connection apart, as the bytes come: heads, bodies without their framing, ends.
///
/// Pure: it is given bytes and a position in them, and says what stands there.
struct ResponseReader {
    /// What comes next.
    enum Part {
        case head(ResponseHead)
        /// A piece of a body; more of it may follow unless it is the last one.
        case body(Range<Int>, isLast: Bool)
        case end
    }

    private enum Stage: UInt8 {
        case head, counted, chunkSize, chunkExtension, chunk, chunkEnd, trailer, untilClose, ended
    }

    private var stage = Stage.head
    /// What is left of the body or of the chunk; in a trailer, the length of the line so far.
    private var left = 0

    /// Whether a body is being read that only the end of the connection ends.
    var endsWithConnection: Bool { stage == .untilClose }

    /// The next part.
    ///
    /// - Parameter position: moved behind what was read.
    /// - Returns: `nil` when more bytes must come first. Only an incomplete head leaves bytes unread, which must be given again.
    mutating func next(in bytes: Span<UInt8>, at position: inout Int) -> Part? {
        if stage == .ended {
            stage = .head
            return .end
        }
        while position < bytes.count {
            switch stage {
            case .head:
                guard let head = ResponseHead.read(bytes, at: &position) else { return nil }
                // An interim answer: the real one follows.
                if head.status / 100 == 1 { continue }
                begin(head.framing)
                return .head(head)
            case .counted, .chunk:
                let end = position + min(left, bytes.count - position)
                defer { position = end }
                left -= end - position
                let isLast = left == 0 && stage == .counted
                if left == 0 { stage = stage == .counted ? .ended : .chunkEnd }
                return .body(position..<end, isLast: isLast)
            case .untilClose:
                defer { position = bytes.count }
                return .body(position..<bytes.count, isLast: false)
            default:
                skipFraming(bytes[position])
                position += 1
                if stage == .ended { return next(in: bytes, at: &position) }
            }
        }
        return nil
    }

    private mutating func begin(_ framing: ResponseHead.Framing) {
        switch framing {
        case .length(let count): (stage, left) = (count == 0 ? .ended : .counted, count)
        case .chunked: (stage, left) = (.chunkSize, 0)
        case .untilClose: stage = .untilClose
        }
    }

    /// One byte of the framing of chunks. RFC 9112 §7.1.
    private mutating func skipFraming(_ byte: UInt8) {
        let isLineEnd = byte == UInt8(ascii: "\n")
        switch stage {
        case .chunkSize where isLineEnd, .chunkExtension where isLineEnd:
            stage = left == 0 ? .trailer : .chunk
        case .chunkSize:
            if let digit = Self.hexadecimal(byte) {
                left = left &<< 4 | digit
            } else if byte == UInt8(ascii: ";") {
                stage = .chunkExtension
            }
        case .chunkEnd where isLineEnd: (stage, left) = (.chunkSize, 0)
        case .trailer where isLineEnd:
            if left == 0 { stage = .ended }
            left = 0
        case .trailer where byte != UInt8(ascii: "\r"): left += 1
        default: break
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
