/// Looks at all bytes in any case, and without a branch: then it looks at many of them side by side.
extension Span<UInt8> {
    /// Whether all bytes are ASCII.
    var isASCII: Bool {
        var bits: UInt8 = 0
        for index in indices { bits |= self[index] }
        return bits < 0x80
    }

    /// Whether one of the bytes is NUL.
    var holdsNUL: Bool {
        var found: UInt8 = 0
        for index in indices { found |= self[index] == 0 ? 1 : 0 }
        return found != 0
    }
}
