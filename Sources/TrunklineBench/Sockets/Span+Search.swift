import Glibc

/// Looks into received bytes. The C functions are several times as fast as a loop with its checks.
extension Span<UInt8> {
    /// Where a byte first stands in `range`. Corresponds to `memchr`.
    func index(of byte: UInt8, in range: Range<Int>) -> Int? {
        let bytes = extracting(range)
        let offset = bytes.withUnsafeBufferPointer { buffer -> Int? in
            guard let start = buffer.baseAddress, let found = memchr(start, Int32(byte), buffer.count) else { return nil }
            return UnsafeRawPointer(start).distance(to: UnsafeRawPointer(found))
        }
        return offset.map { range.lowerBound + $0 }
    }

    /// Whether `text` stands at `index`, in capitals or not. Corresponds to `strncasecmp`.
    func has(_ text: StaticString, at index: Int) -> Bool {
        guard index >= 0, count - index >= text.utf8CodeUnitCount else { return false }
        return withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return (start + index).withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount) { found in
                text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount) {
                    strncasecmp(found, $0, text.utf8CodeUnitCount) == 0
                }
            }
        }
    }

    /// The bytes of a range as text; what is no UTF-8 becomes U+FFFD.
    func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

extension [UInt8] {
    /// Copies a range of received bytes.
    init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        self = bytes.extracting(range).withUnsafeBufferPointer { Array($0) }
    }

    /// Adds a range of received bytes.
    mutating func append(_ range: Range<Int>, of bytes: Span<UInt8>) {
        bytes.extracting(range).withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
