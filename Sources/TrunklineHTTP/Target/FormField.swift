/// One `name=value` of a query or of a form, decoded once and strictly; its value may be any bytes.
///
/// Pairs are separated by `&` alone, `+` is a space, a pair without `=` has an empty value, an empty pair is none
/// (WHATWG URL §5.1, but for malformed percent-encoding, which is refused here).
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

    /// Whether the field has that name, case kept.
    func isNamed(_ name: StaticString) -> Bool {
        self.name.count == name.utf8CodeUnitCount && name.withUTF8Buffer { $0.elementsEqual(self.name) }
    }

    /// The name as it may be repeated in an answer: printable ASCII.
    var echoedName: String { PercentEncoding.encoded(name.prefix(64)) }

    /// Reads all fields in their order.
    ///
    /// - Throws: 400 for malformed percent-encoding, naming the field.
    static func all(in bytes: ArraySlice<UInt8>, _ place: Place) throws(RequestFailure) -> [FormField] {
        var fields: [FormField] = []
        // Few requests have more.
        fields.reserveCapacity(4)
        var rest = bytes
        while !rest.isEmpty {
            let pair = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[pair.endIndex...].dropFirst()
            if !pair.isEmpty { fields.append(try FormField(pair: pair, place)) }
        }
        return fields
    }

    private init(pair: ArraySlice<UInt8>, _ place: Place) throws(RequestFailure) {
        let rawName = pair.prefix { $0 != UInt8(ascii: "=") }
        guard let name = PercentEncoding.decoded(rawName, plusIsSpace: true),
            let value = PercentEncoding.decoded(pair[rawName.endIndex...].dropFirst(), plusIsSpace: true)
        else {
            let malformed = PercentEncoding.firstMalformed(in: pair) ?? []
            throw RequestFailure(
                .badRequest, parameter: PercentEncoding.encoded(rawName.prefix(64)),
                "the \(place.rawValue) \(EchoedText(rawName)) has \(EchoedText(malformed)), which is no percent-encoding: "
                    + "write % and two hexadecimal digits, and the percent sign itself as %25")
        }
        self.name = name
        self.value = value
    }
}
