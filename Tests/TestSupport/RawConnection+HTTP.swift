extension RawConnection {
    /// Reads one answer; what follows it stays unread.
    ///
    /// - Parameter method: that of the request, for an answer to `HEAD` has no body.
    /// - Throws: a `TestSupportError` for whatever is no strict HTTP/1.1 (RFC 9112).
    package func readResponse(to method: String = "GET") throws -> RawResponse {
        var response = try readHead()
        let isChunked = response.count(of: "Transfer-Encoding") > 0
        if method == "HEAD" || response.status < 200 || response.status == 204 || response.status == 304 { return response }
        if isChunked {
            while let chunk = try readChunk() { response.body += chunk }
        } else if let count = try contentLength(of: response) {
            response.body = try read(count: count)
        } else {
            response.body = try readToEnd()
        }
        return response
    }

    /// Reads the head of an answer; its body stays unread.
    package func readHead() throws -> RawResponse {
        let response = try RawResponse(head: read(through: "\r\n\r\n"))
        if let coding = response["Transfer-Encoding"], coding != "chunked" || response["Content-Length"] != nil {
            throw TestSupportError("no framing that can be relied on: \(response.fields)")
        }
        _ = try contentLength(of: response)
        return response
    }

    /// Reads the next chunk of a body; `nil` for its end (RFC 9112 §7.1).
    package func readChunk() throws -> [UInt8]? {
        let line = String(decoding: try read(through: "\r\n"), as: UTF8.self)
        guard line.wholeMatch(of: #/[0-9A-Fa-f]{1,8}/#) != nil, let count = Int(line, radix: 16) else {
            throw TestSupportError("no size of a chunk: \(line.debugDescription)")
        }
        let bytes = try read(count: count)
        let end = try read(count: 2)
        guard end == Array("\r\n".utf8) else { throw TestSupportError("no line end after a chunk but \(end)") }
        return count == 0 ? nil : bytes
    }

    private func contentLength(of response: RawResponse) throws -> Int? {
        guard response.count(of: "Content-Length") > 0 else { return nil }
        guard response.count(of: "Content-Length") == 1, let text = response["Content-Length"],
            text.wholeMatch(of: #/[0-9]+/#) != nil, let count = Int(text)
        else { throw TestSupportError("no Content-Length that can be relied on: \(response.fields)") }
        return count
    }
}
