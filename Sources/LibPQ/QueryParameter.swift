/// One parameter of a statement, as it goes over the wire.
package struct QueryParameter: Sendable, Equatable {
    /// Text ends in NUL, as libpq wants it; binary does not.
    private let bytes: [UInt8]
    private let isBinary: Bool

    /// A value as text in the client encoding, of whatever type the server infers.
    package static func text(_ value: String) -> Self {
        precondition(!value.utf8.contains(0), "libpq would cut a text parameter at its NUL byte")
        return Self(bytes: Array(value.utf8) + [0], isBinary: false)
    }

    /// Text in the client encoding, in the binary form, which is its bytes. Corresponds to `textrecv`.
    ///
    /// - Parameter bytes: the server refuses what holds NUL or is no text in its encoding (22021).
    package static func text(_ bytes: [UInt8]) -> Self {
        Self(bytes: bytes, isBinary: true)
    }

    /// A `text[]` of one dimension in the client encoding, in the binary form, in which nothing needs escaping.
    /// Corresponds to `array_recv`.
    ///
    /// - Parameter elements: text each; the server refuses one that holds NUL or is no text in its encoding (22021).
    package static func textArray(_ elements: [[UInt8]]) -> Self {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + elements.reduce(0) { $0 + $1.count + 4 })
        // An empty array has no dimension at all.
        bytes.appendBigEndian(elements.isEmpty ? 0 : 1)
        // No NULL among the elements, which are of type text.
        bytes.appendBigEndian(0)
        bytes.appendBigEndian(25)
        if !elements.isEmpty {
            bytes.appendBigEndian(Int32(elements.count))
            // Indices begin at 1.
            bytes.appendBigEndian(1)
        }
        for element in elements {
            bytes.appendBigEndian(Int32(element.count))
            bytes.append(contentsOf: element)
        }
        return Self(bytes: bytes, isBinary: true)
    }

    /// Runs `body` with the three arrays in which libpq takes parameters.
    static func withValues<Result>(
        of parameters: [QueryParameter],
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Result
    ) -> Result {
        var values: [UnsafePointer<CChar>?] = []
        values.reserveCapacity(parameters.count)
        return collect(parameters, into: &values) { values in
            body(values, parameters.map { Int32($0.bytes.count) }, parameters.map { $0.isBinary ? 1 : 0 })
        }
    }

    /// Pins one parameter after the other, so that a large array is not copied once more.
    private static func collect<Result>(
        _ parameters: [QueryParameter], into values: inout [UnsafePointer<CChar>?],
        _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        guard values.count < parameters.count else { return body(values) }
        return parameters[values.count].bytes.withUnsafeBytes { bytes in
            values.append(bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
            return collect(parameters, into: &values, body)
        }
    }
}

extension [UInt8] {
    fileprivate mutating func appendBigEndian(_ number: Int32) {
        // One by one: all four at a time are a call.
        append(UInt8(truncatingIfNeeded: number >> 24))
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }
}
