/// Reads the little JSON this server takes, byte by byte and strictly (RFC 8259): white space, punctuation and strings.
struct JSONScanner {
    /// Why a string could not be read.
    enum Fault: Error, Equatable {
        /// There is no JSON string here.
        case malformed
        /// Half of a UTF-16 pair: valid JSON, but no character, so no UTF-8 and no text of a database.
        case loneSurrogate
    }

    private var rest: ArraySlice<UInt8>

    /// - Parameter bytes: valid UTF-8.
    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// Whether all has been read.
    var isAtEnd: Bool { rest.isEmpty }

    /// Whether a string begins here.
    var isAtString: Bool { rest.first == UInt8(ascii: "\"") }

    /// Passes over white space.
    mutating func skipSpace() {
        while let byte = rest.first, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { rest.removeFirst() }
    }

    /// Takes the character if it stands here.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Takes a string and decodes its escapes.
    ///
    /// - Returns: its UTF-8, NUL included if it is written as an escape.
    mutating func takeString() throws(Fault) -> [UInt8] {
        guard take("\"") else { throw .malformed }
        var string: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return string
            case UInt8(ascii: "\\"): try appendEscaped(to: &string)
            case 0..<0x20: throw .malformed
            default: string.append(byte)
            }
        }
        throw .malformed
    }

    private mutating func appendEscaped(to string: inout [UInt8]) throws(Fault) {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): string.append(UInt8(ascii: "\""))
        case UInt8(ascii: "\\"): string.append(UInt8(ascii: "\\"))
        case UInt8(ascii: "/"): string.append(UInt8(ascii: "/"))
        case UInt8(ascii: "b"): string.append(0x08)
        case UInt8(ascii: "f"): string.append(0x0C)
        case UInt8(ascii: "n"): string.append(0x0A)
        case UInt8(ascii: "r"): string.append(0x0D)
        case UInt8(ascii: "t"): string.append(0x09)
        case UInt8(ascii: "u"): string.append(contentsOf: String(try takeScalar()).utf8)
        default: throw .malformed
        }
    }

    private mutating func takeScalar() throws(Fault) -> Unicode.Scalar {
        let unit = try takeHex()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(UInt16(unit)), take("\\"), take("u") else { throw .loneSurrogate }
        let trail = try takeHex()
        guard UTF16.isTrailSurrogate(UInt16(trail)) else { throw .loneSurrogate }
        let value = 0x10000 + (unit - 0xD800) << 10 + (trail - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw .loneSurrogate }
        return scalar
    }

    private mutating func takeHex() throws(Fault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = rest.popFirst().flatMap(PercentEncoding.hexValue) else { throw .malformed }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
