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

    /// The decoded name.
    let name: ArraySlice<UInt8>
    /// The decoded value; empty if there was none.
    let value: ArraySlice<UInt8>

    /// Takes what needs no decoding.
    init(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        self.name = name
        self.value = value
    }

    /// Decodes what was found to be well-formed.
    init(encodedName: ArraySlice<UInt8>, value encodedValue: ArraySlice<UInt8>) {
        guard let name = PercentEncoding.decoded(encodedName, plusIsSpace: true),
            let value = PercentEncoding.decoded(encodedValue, plusIsSpace: true)
        else { preconditionFailure("unchecked percent-encoding") }
        self.init(name: name, value: value)
    }

    /// Whether the field has that name, case kept.
    func isNamed(_ name: StaticString) -> Bool { self.name.isText(name) }

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
