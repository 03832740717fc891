/// The fields of a query or of a form, in their order; each is taken apart when its turn has come.
///
/// Pairs are separated by `&` alone, an empty pair is none.
struct FormFields: Sequence, Sendable {
    private let bytes: [UInt8]
    private let range: Range<Int>
    /// Nothing in it stands for something else.
    private let isPlain: Bool

    /// None.
    init() {
        (bytes, range, isPlain) = ([], 0..<0, true)
    }

    /// - Parameter range: where the fields are among the bytes.
    /// - Throws: 400 for malformed percent-encoding anywhere, naming the field.
    init(_ bytes: [UInt8], in range: Range<Int>, _ place: FormField.Place) throws(RequestFailure) {
        self.bytes = bytes
        self.range = range
        isPlain = PercentEncoding.isPlain(bytes, in: range)
        if isPlain { return }
        for pair in bytes[range].split(separator: UInt8(ascii: "&")) {
            guard let malformed = PercentEncoding.firstMalformed(in: pair) else { continue }
            throw FormField.malformed(pair, malformed, place)
        }
    }

    func makeIterator() -> Iterator { Iterator(bytes: bytes, isPlain: isPlain, index: range.lowerBound, end: range.upperBound) }

    /// How many there are.
    var count: Int { reduce(0) { count, _ in count + 1 } }

    struct Iterator: IteratorProtocol {
        fileprivate let bytes: [UInt8]
        fileprivate let isPlain: Bool
        fileprivate var index: Int
        fileprivate let end: Int

        mutating func next() -> FormField? {
            while index < end {
                let pair = index..<bytes.span.index(of: UInt8(ascii: "&"), in: index..<end)
                index = pair.upperBound + 1
                if pair.isEmpty { continue }
                let nameEnd = bytes.span.index(of: UInt8(ascii: "="), in: pair)
                let name = pair.lowerBound..<nameEnd
                let value = (nameEnd < pair.upperBound ? nameEnd + 1 : nameEnd)..<pair.upperBound
                return isPlain
                    ? FormField(bytes, name: name, value: value) : FormField(decoding: bytes[name], bytes[value])
            }
            return nil
        }
    }
}
