import HTTPTypes

extension RequestFailure {
    /// The answer as it leaves: a line of text, or a problem document (RFC 9457) when JSON is accepted.
    struct Rendered: Equatable, Sendable {
        /// The status of the answer.
        let status: HTTPResponse.Status
        /// `Content-Type` and what the status demands.
        let fields: HTTPFields
        /// The whole body, ending with a line feed.
        let body: [UInt8]
    }

    /// Renders the failure.
    ///
    /// - Parameter asJSON: ``AcceptHeader/prefersJSON`` of the request.
    func rendered(asJSON: Bool) -> Rendered {
        var fields = headers
        fields[.contentType] = asJSON ? "application/problem+json" : "text/plain; charset=utf-8"
        // The sentence may quote the request: no browser may take it for a page.
        fields[.xContentTypeOptions] = "nosniff"
        return Rendered(status: status, fields: fields, body: asJSON ? problem : Array("\(detail)\n".utf8))
    }

    private var problem: [UInt8] {
        var json = Array(#"{"type":"about:blank","title":"#.utf8)
        JSONString.append(status.reasonPhrase.utf8, to: &json)
        json.append(contentsOf: #","status":\#(status.code),"detail":"#.utf8)
        JSONString.append(detail.utf8, to: &json)
        if let parameter {
            json.append(contentsOf: #","parameter":"#.utf8)
            JSONString.append(parameter.utf8, to: &json)
        }
        json.append(contentsOf: "}\n".utf8)
        return json
    }
}
