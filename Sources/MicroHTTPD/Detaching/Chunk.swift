/// A chunk of a body (RFC 9112 §7.1) in a buffer: room for its size before what it holds, and for the line end after it.
enum Chunk {
    /// Bytes before the content: four hexadecimal digits and a line end.
    static let prefixByteCount = 6
    /// Bytes after the content.
    static let suffixByteCount = 2
    /// The most bytes that one chunk holds.
    static let contentByteCountMax = 0xffff

    /// The last chunk, and no trailer.
    static let last = Array("0\r\n\r\n".utf8)

    /// The part of a buffer that is the content's.
    static func content(of buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        let end = min(buffer.count - suffixByteCount, prefixByteCount + contentByteCountMax)
        return UnsafeMutableRawBufferPointer(rebasing: buffer[prefixByteCount..<end])
    }

    /// Makes a chunk of a buffer whose content was filled.
    ///
    /// - Parameter count: bytes of the content, at least one.
    /// - Returns: the whole chunk.
    static func close(_ buffer: UnsafeMutableRawBufferPointer, count: Int) -> UnsafeRawBufferPointer {
        let digits = StaticString("0123456789abcdef").utf8Start
        for place in 0..<4 { buffer[place] = digits[(count >> (12 - 4 * place)) & 0xf] }
        (buffer[4], buffer[5]) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        let end = prefixByteCount + count
        (buffer[end], buffer[end + 1]) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        return UnsafeRawBufferPointer(rebasing: buffer[..<(end + suffixByteCount)])
    }
}
