/// One `name=value` of a query or of a form, decoded once and strictly; its value may be any bytes.
///
/// `+` is a space, a pair without `=` has an empty value (WHATWG URL §5.1, but for malformed percent-encoding, which is
/// refused here).
struct FormField: Equatable, Sendable {
    /// Where a field was read, in the words of an error.
    enum Place: String {
        case query = "parameter"
        case form = "field of the form"
    }

    private let bytes: [UInt8]
    private let nameRange: Range<Int>
    private let valueRange: Range<Int>

    /// The decoded name.
    var name: ArraySlice<UInt8> { bytes[nameRange] }
    /// The decoded value; empty if there was none.
    var value: ArraySlice<UInt8> { bytes[valueRange] }

    /// Takes what needs no decoding.
    init(_ bytes: [UInt8], name: Range<Int>, value: Range<Int>) {
        self.bytes = bytes
        nameRange = name
        valueRange = value
    }

    /// Decodes what was found to be well-formed.
    init(decoding name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        guard let name = PercentEncoding.decoded(name, plusIsSpace: true),
            let value = PercentEncoding.decoded(value, plusIsSpace: true)
        else { preconditionFailure("unchecked percent-encoding") }
        let bytes = Array(name + value)
        self.init(bytes, name: 0..<name.count, value: name.count..<bytes.count)
    }

    /// Whether the field has that name, case kept.
    func isNamed(_ name: StaticString) -> Bool { bytes.span.extracting(nameRange).isText(name) }

    /// The name as it may be repeated in an answer: printable ASCII.
    var echoedName: String { PercentEncoding.encoded(name.prefix(64)) }

    /// 400, naming the field.
    static func malformed(_ pair: ArraySlice<UInt8>, _ malformed: ArraySlice<UInt8>, _ place: Place) -> RequestFailure {
        let rawName = pair.prefix { $0 != UInt8(ascii: "=") }
        return RequestFailure(
            .badRequest, parameter: PercentEncoding.encoded(rawName.prefix(64)),
            "the \(place.rawValue) \(EchoedText(rawName)) has \(EchoedText(malformed)), which is no percent-encoding: "
                + "write % and two hexadecimal digits, and the percent sign itself as %25")
    }
}
