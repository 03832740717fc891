import HTTPTypes

/// One request as it came over the wire, copied out of libmicrohttpd: nothing in it is decoded, trimmed or merged.
///
/// An object, since it is handed on often, and each copy of a value would count its parts.
package final class Request: Sendable {
    /// One header field as sent: the name with its case, the value without the white space around it.
    package struct HeaderField: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The method token, case kept: `GET`, `POST`, …
    package let method: String
    /// The request target, percent-encoding and query included: `/wait?channel=a%20b`.
    package let target: [UInt8]
    /// `HTTP/1.1` or `HTTP/1.0`.
    package let version: String
    private let fields: HeaderFields
    /// The whole body; empty when there was none.
    package let body: [UInt8]
    /// Whether the request came with a body: a `Content-Length` above 0 or a `Transfer-Encoding`.
    package let hasBody: Bool
    /// What was worked out of the head when it was judged, kept for whoever responds to the complete request.
    ///
    /// Unsafe: it is touched in the closures `head` and `respond` of the daemon only, both on the worker of the connection.
    package nonisolated(unsafe) var judgement: AnyObject?

    package convenience init(
        method: String, target: [UInt8], version: String = "HTTP/1.1", headers: [HeaderField] = [], body: [UInt8] = [],
        hasBody: Bool? = nil
    ) {
        self.init(
            method: method, target: target, version: version, fields: HeaderFields(headers), body: body,
            hasBody: hasBody ?? !body.isEmpty)
    }

    /// Takes over the fields as they were copied out of libmicrohttpd.
    init(method: String, target: [UInt8], version: String, fields: HeaderFields, body: [UInt8] = [], hasBody: Bool) {
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields
        self.body = body
        self.hasBody = hasBody
    }

    /// The same request with its body.
    func with(body: [UInt8]) -> Request {
        let whole = Request(
            method: method, target: target, version: version, fields: fields, body: body, hasBody: hasBody)
        whole.judgement = judgement
        return whole
    }

    /// All header fields in the order in which they came.
    package var headers: [HeaderField] { fields.all }

    /// The values of all fields with that name, compared without case (RFC 9110 §5.1), in the order in which they came.
    package func values(of name: HTTPField.Name) -> [String] {
        fields.values(of: name)
    }

    /// The value of the first field with that name, compared without case, and how many there are.
    package func firstValue(of name: HTTPField.Name) -> (value: String, count: Int)? {
        fields.firstValue(of: name)
    }

    /// Whether the client wants the connection to end after the answer (RFC 9112 §9.6).
    var isClosing: Bool {
        values(of: .connection).contains { value in
            value.split(separator: ",").contains { option in
                var option = option.drop { $0 == " " || $0 == "\t" }
                while option.last == " " || option.last == "\t" { option.removeLast() }
                return option.lowercased() == "close"
            }
        }
    }
}
