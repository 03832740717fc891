/// An HTTP answer, as it came over the wire.
package struct RawResponse: Sendable, Equatable {
    /// One header field as it stood.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    /// `HTTP/1.1` or `HTTP/1.0`.
    package let version: String
    package let status: Int
    package let reason: String
    /// In the order of the wire.
    package let fields: [Field]
    /// Without the framing.
    package var body: [UInt8] = []

    /// The body as text.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of a header field, whatever the case of its name; the first one if there are several.
    package subscript(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// How many header fields have this name.
    package func count(of name: String) -> Int {
        fields.count { $0.name.lowercased() == name.lowercased() }
    }

    /// Reads a head strictly (RFC 9112 §4, §5): what a lenient client would forgive is an error here.
    ///
    /// - Parameter bytes: up to the empty line, without it.
    init(head bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw TestSupportError("the head of the response is no text: \(bytes)")
        }
        let lines = text.components(separatedByLineEnd: "\r\n")
        guard !lines.contains(where: { $0.unicodeScalars.contains { $0 == "\r" || $0 == "\n" || $0 == "\0" } }) else {
            throw TestSupportError("a bare CR, LF or NUL in the head of the response: \(text.debugDescription)")
        }
        guard let match = lines[0].wholeMatch(of: #/(HTTP/1\.[01]) ([1-5][0-9]{2}) (.*)/#), let status = Int(match.2) else {
            throw TestSupportError("no status line: \(lines[0].debugDescription)")
        }
        version = String(match.1)
        self.status = status
        reason = String(match.3)
        fields = try lines.dropFirst().map { line in
            guard let match = line.wholeMatch(of: #/([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*/#) else {
                throw TestSupportError("no header field: \(line.debugDescription)")
            }
            return Field(name: String(match.1), value: String(match.2))
        }
    }
}

extension String {
    /// The parts between the line ends. Swift takes CR LF as one character, so this looks at the bytes.
    fileprivate func components(separatedByLineEnd end: String) -> [String] {
        var parts: [String] = []
        var rest = utf8[...]
        while let range = rest.firstRange(of: end.utf8) {
            parts.append(String(decoding: rest[..<range.lowerBound], as: UTF8.self))
            rest = rest[range.upperBound...]
        }
        return parts + [String(decoding: rest, as: UTF8.self)]
    }
}
