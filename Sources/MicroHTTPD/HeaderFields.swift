import HTTPTypes

/// The header fields of a request as they were sent, all names and values side by side: of most of them nobody ever wants a
/// string.
struct HeaderFields: Sendable {
    /// Where a field ends. It begins where the one before it ends, with its name.
    private struct Ends {
        let name: Int
        let value: Int
    }

    private var bytes: [UInt8] = []
    private var ends: [Ends] = []
    /// A bit for each length that a name has, of those that differ by 64 the same: of most names that are looked for there is
    /// none.
    private var nameLengths: UInt64 = 0

    init() {}

    init(_ fields: [Request.HeaderField]) {
        for field in fields { append(name: field.name.utf8, value: field.value.utf8) }
    }

    /// Makes room.
    ///
    /// - Parameter byteCount: of all names and values, or more.
    mutating func reserve(fieldCount: Int, byteCount: Int) {
        ends.reserveCapacity(fieldCount)
        bytes.reserveCapacity(byteCount)
    }

    mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
        bytes.append(contentsOf: name)
        let nameEnd = bytes.count
        bytes.append(contentsOf: value)
        ends.append(Ends(name: nameEnd, value: bytes.count))
        nameLengths |= Self.bit(ofLength: name.count)
    }

    /// How many there are.
    var count: Int { ends.count }

    /// All of them in the order in which they came.
    var all: [Request.HeaderField] {
        var start = 0
        return ends.map { end in
            defer { start = end.value }
            return Request.HeaderField(name: text(start..<end.name), value: text(end.name..<end.value))
        }
    }

    /// The values of all fields with that name, compared without case, in the order in which they came.
    func values(of name: HTTPField.Name) -> [String] {
        var values: [String] = []
        forEachValue(of: name) { values.append(text($0)) }
        return values
    }

    /// The value of the first field with that name, compared without case, and how many there are.
    func firstValue(of name: HTTPField.Name) -> (value: String, count: Int)? {
        var first: Range<Int>?
        var count = 0
        forEachValue(of: name) { range in
            if first == nil { first = range }
            count += 1
        }
        return first.map { (text($0), count) }
    }

    /// Where the values of all fields with that name are.
    private func forEachValue(of name: HTTPField.Name, _ body: (Range<Int>) -> Void) {
        let canonical = name.canonicalName.utf8
        guard nameLengths & Self.bit(ofLength: canonical.count) != 0 else { return }
        var start = 0
        for end in ends {
            if end.name - start == canonical.count, isName(canonical.span, at: start) { body(end.name..<end.value) }
            start = end.value
        }
    }

    private func isName(_ canonical: Span<UInt8>, at start: Int) -> Bool {
        for index in canonical.indices where ByteRules.lowercased(bytes[start + index]) != canonical[index] { return false }
        return true
    }

    private static func bit(ofLength byteCount: Int) -> UInt64 { 1 << UInt64(byteCount & 63) }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}
