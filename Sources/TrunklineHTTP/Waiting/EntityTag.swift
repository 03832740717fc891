/// Reads `If-None-Match` (RFC 9110 §13.1.2).
enum EntityTag {
    /// The one tag of the header, without its quotes and without `W/`.
    ///
    /// - Parameter values: the values of all its fields.
    /// - Returns: `nil` if there is none, or `""`, `*`, or several: of a list nobody could say which one to go on from. What
    ///   is no tag is returned as it is: the reader is to be told that it cannot be read.
    static func only(in values: [String]) -> String? {
        let elements = values.flatMap { list(in: Array($0.utf8)[...]) }
        guard elements.count == 1, let element = elements.first, element != "*" else { return nil }
        let tag = element.hasPrefix("W/\"") ? element.dropFirst(2) : element[...]
        guard tag.count >= 2, tag.hasPrefix("\""), tag.hasSuffix("\"") else { return element }
        return tag.count > 2 ? String(tag.dropFirst().dropLast()) : nil
    }

    /// Splits at the commas outside quotes; empty elements are none (RFC 9110 §5.6.1).
    private static func list(in bytes: ArraySlice<UInt8>) -> [String] {
        var isQuoted = false
        return bytes.split { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return byte == UInt8(ascii: ",") && !isQuoted
        }
        .map { String(decoding: $0, as: UTF8.self).trimmingSpaces() }
        .filter { !$0.isEmpty }
    }
}

extension String {
    /// Without the spaces and tabs around it.
    fileprivate func trimmingSpaces() -> String {
        var text = self[...].drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
