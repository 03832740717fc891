import CMicroHTTPD

/// Finds what libmicrohttpd's parser lets through and then hides: a bare LF as line end, folded lines, NUL, doubled spaces.
///
/// The parser works in place. It puts NUL where a separator was, in a buffer in which the head is still one piece: two for
/// CRLF, one for a bare LF. So the places of what it hands out tell what stood between. That is how 0.9.75 was seen to work,
/// and nothing it promises; with any other version the layout is not looked at.
struct HeadLayout {
    static let isKnown = String(cString: MHD_get_version()) == "0.9.75"

    private var next: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private(set) var isSound: Bool

    /// - Parameters:
    ///   - method: where the request line begins.
    ///   - target: where the target began.
    ///   - version: at least 8 bytes.
    ///   - headByteCount: from the method to the end of the empty line.
    init(
        method: UnsafePointer<UInt8>, methodByteCount: Int, target: UnsafePointer<UInt8>, targetByteCount: Int,
        version: UnsafePointer<UInt8>, headByteCount: Int
    ) {
        end = method + headByteCount
        next = version + 10
        isSound =
            target == method + methodByteCount + 1 && version == target + targetByteCount + 1
            && next + 2 <= end && version[8] == 0 && version[9] == 0
    }

    /// Takes the next field.
    mutating func addField(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        guard isSound, let nameStart = name.baseAddress, let valueStart = value.baseAddress else { return }
        let valueEnd = valueStart + value.count
        // The colon became NUL; white space may follow it.
        guard nameStart == next, valueStart > nameStart + name.count, valueEnd + 2 <= end else { return isSound = false }
        next = valueEnd + 2
        // A bare LF leaves one NUL, and then the next name begins at once.
        isSound = valueEnd[0] == 0 && valueEnd[1] == 0
    }

    /// After the last field: only the empty line is left.
    var isComplete: Bool {
        isSound && next + 2 == end && next[0] == 0 && next[1] == 0
    }
}
