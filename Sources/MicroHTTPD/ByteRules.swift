/// The bytes of HTTP's grammar (RFC 9110 §5.6).
enum ByteRules {
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// `tchar`: letters, digits and 15 others.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        // Two words of 64 bits, a bit for each of the 128 ASCII characters.
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 == 1
    }

    static func isToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(isTokenByte)
    }

    static func isToken(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where !isTokenByte(bytes[index]) { return false }
        return !bytes.isEmpty
    }

    /// Whether all bytes are visible ASCII (`VCHAR`).
    static func isVisible(_ bytes: Span<UInt8>) -> Bool {
        // To the end in any case, and without a branch: then the bytes are looked at side by side.
        var found: UInt8 = 0
        for index in bytes.indices { found |= bytes[index] &- 0x21 > 0x5d ? 1 : 0 }
        return found == 0
    }

    /// Letters in lower case, all other bytes as they are.
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// Compares without case; `lowercase` is ASCII in lower case.
    static func isEqual(_ bytes: UnsafeBufferPointer<UInt8>, _ lowercase: StaticString) -> Bool {
        guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { other in
            for index in bytes.indices {
                if lowercased(bytes[index]) != other[index] { return false }
            }
            return true
        }
    }

    /// Without the spaces and tabs at the end.
    static func trimmingEnd(of bytes: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var count = bytes.count
        while count > 0, bytes[count - 1] == 0x20 || bytes[count - 1] == 0x09 { count -= 1 }
        return UnsafeBufferPointer(rebasing: bytes[..<count])
    }
}
