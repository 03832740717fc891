/// One element of an `Accept` header: a media type or range, and how much it is wanted (RFC 9110 §12.5.1).
struct MediaRange: Equatable, Sendable {
    /// The type in lower case, without parameters: `text/html`, `*/*`.
    let type: String
    /// The quality in thousandths: 0 is "not at all", 1,000 is "best".
    let quality: Int

    /// - Parameter element: one element of the list; malformed ones are none, and `nil`.
    init?(_ element: ArraySlice<UInt8>) {
        var pieces = Self.split(element, at: UInt8(ascii: ";"))
        let type = Self.trimmed(pieces.removeFirst())
        let names = type.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard names.count == 2, names.allSatisfy(Self.isToken) else { return nil }
        var quality = 1_000
        for piece in pieces {
            let name = piece.prefix { $0 != UInt8(ascii: "=") }
            guard Self.trimmed(name).elementsEqual("q".utf8) || Self.trimmed(name).elementsEqual("Q".utf8) else { continue }
            guard let parsed = Self.quality(Self.trimmed(piece[name.endIndex...].dropFirst())) else { return nil }
            quality = parsed
        }
        self.type = String(decoding: type, as: UTF8.self).lowercased()
        self.quality = quality
    }

    /// The elements of all `Accept` fields of a request, in order, without the malformed ones.
    static func all(in values: [String]) -> [MediaRange] {
        values.flatMap { split(Array($0.utf8)[...], at: UInt8(ascii: ",")).compactMap(MediaRange.init) }
    }

    /// Splits where the separator stands outside a quoted string.
    private static func split(_ bytes: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var isQuoted = false
        var isEscaped = false
        for (index, byte) in zip(bytes.indices, bytes) {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == separator, !isQuoted {
                pieces.append(bytes[start..<index])
                start = index + 1
            }
        }
        pieces.append(bytes[start...])
        return pieces
    }

    /// At least one character, and only such as a name in HTTP may have (RFC 9110 §5.6.2).
    private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { PercentEncoding.isUnreserved($0) || "!#$%&'*+^`|".utf8.contains($0) }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var trimmed = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        while let last = trimmed.last, last == 0x20 || last == 0x09 { trimmed.removeLast() }
        return trimmed
    }

    /// `0` to `1` with decimals, in thousandths; what is smaller than the smallest weight HTTP knows counts as that.
    private static func quality(_ bytes: ArraySlice<UInt8>) -> Int? {
        let whole = bytes.prefix { $0 != UInt8(ascii: ".") }
        let decimals = bytes[whole.endIndex...].dropFirst()
        guard whole.count <= 1, whole.count + decimals.count > 0,
            (whole + decimals).allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
        else { return nil }
        var thousandths = whole.first.map { Int($0 - UInt8(ascii: "0")) } ?? 0
        for place in 0..<3 {
            let digit = decimals.dropFirst(place).first.map { Int($0 - UInt8(ascii: "0")) } ?? 0
            thousandths = thousandths * 10 + digit
        }
        if thousandths == 0, decimals.contains(where: { $0 != UInt8(ascii: "0") }) { return 1 }
        return thousandths <= 1_000 ? thousandths : nil
    }
}
