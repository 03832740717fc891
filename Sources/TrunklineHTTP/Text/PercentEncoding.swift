/// Percent-encoding of bytes (RFC 3986 §2.1): decoded once and strictly, encoded so that only letters, digits and `-._~` stay.
enum PercentEncoding {
    /// Decodes every `%` and two hexadecimal digits into a byte.
    ///
    /// - Parameter plusIsSpace: whether `+` is a space, as in a query and a form.
    /// - Returns: a slice of what came in if there is nothing to decode, and `nil` if a `%` has no two digits after it.
    static func decoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> ArraySlice<UInt8>? {
        guard bytes.contains(where: { $0 == percent || (plusIsSpace && $0 == plus) }) else { return bytes }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case percent:
                guard bytes.endIndex - index > 2, let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
                else { return nil }
                decoded.append(high << 4 | low)
                index += 3
            case plus where plusIsSpace:
                decoded.append(UInt8(ascii: " "))
                index += 1
            case let byte:
                decoded.append(byte)
                index += 1
            }
        }
        return decoded[...]
    }

    /// Whether no byte in `range` of a query or a form stands for another one.
    static func isPlain(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
        let bytes = bytes.span.extracting(range)
        // To the end in any case, and without a branch: then the bytes are looked at side by side.
        var found: UInt8 = 0
        for index in bytes.indices { found |= (bytes[index] == percent ? 1 : 0) | (bytes[index] == plus ? 1 : 0) }
        return found == 0
    }

    /// The first `%` without two hexadecimal digits after it, with what stands there instead: what an error quotes.
    static func firstMalformed(in bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        bytes.indices
            .first { index in
                guard bytes[index] == percent else { return false }
                guard bytes.endIndex - index > 2 else { return true }
                return hexValue(bytes[index + 1]) == nil || hexValue(bytes[index + 2]) == nil
            }
            .map { bytes[$0..<min($0 + 3, bytes.endIndex)] }
    }

    /// Encodes every byte but the unreserved characters (RFC 3986 §2.3), so that the result fits in a header or a comment.
    static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if isUnreserved(byte) { encoded.append(byte) } else { appendEscape(of: byte, to: &encoded) }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Appends `%` and the two hexadecimal digits of a byte.
    static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(percent)
        bytes.append(hexDigits[Int(byte >> 4)])
        bytes.append(hexDigits[Int(byte & 15)])
    }

    /// Letters, digits, `-`, `.`, `_` and `~` (RFC 3986 §2.3).
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// The value of a hexadecimal digit in either case; `nil` for any other byte.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static let percent = UInt8(ascii: "%")
    private static let plus = UInt8(ascii: "+")
    private static let hexDigits = Array("0123456789ABCDEF".utf8)
}
