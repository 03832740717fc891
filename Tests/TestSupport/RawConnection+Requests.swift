extension RawConnection {
    /// The bytes of a plain GET.
    package static func bytes(ofRequest target: String) -> [UInt8] {
        bytes(ofRequest: "GET", target)
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - fields: whole header lines; `Host: localhost` if none of them is a `Host`.
    ///   - body: with its `Content-Length`; none if `nil`.
    package func sendRequest(_ method: String, _ target: String, _ fields: [String] = [], body: [UInt8]? = nil) throws {
        try send(Self.bytes(ofRequest: method, target, fields, body: body))
    }

    /// The bytes of a request; see `sendRequest`.
    package static func bytes(
        ofRequest method: String, _ target: String, _ fields: [String] = [], body: [UInt8]? = nil
    ) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1"] + fields
        if !fields.contains(where: { $0.hasPrefix("Host:") }) { lines.append("Host: localhost") }
        if let body { lines.append("Content-Length: \(body.count)") }
        return Array((lines + ["", ""]).joined(separator: "\r\n").utf8) + (body ?? [])
    }
}
