import CMicroHTTPD
import HTTPTypes

/// A complete answer. It can be sent any number of times, to many clients at once: its body is kept once.
///
/// Corresponds to `struct MHD_Response`, which is counted and locks itself.
package final class Response: @unchecked Sendable {
    /// A header field of one answer alone. A struct: the elements of an array of tuples are slow to copy and to destroy.
    package struct OwnHeader: Sendable {
        package let name: StaticString
        package let value: String

        /// - Parameter value: without control characters: it is not looked at.
        package init(_ name: StaticString, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    // Sendable: nothing changes after `init`; libmicrohttpd guards its own count.
    package let status: HTTPResponse.Status
    package let headers: HTTPFields
    private let ownHeaders: [OwnHeader]
    private let body: ResponseBody
    private let native: OpaquePointer

    /// Content-Length, Date and Connection are libmicrohttpd's own and not to be given. A field with an empty value is left
    /// out: libmicrohttpd cannot send one.
    ///
    /// - Parameter ownHeaders: further fields, of this answer alone. Their values hold no control characters: they are not looked
    ///   at, and not indexed, as they would be in `headers`.
    package init(
        status: HTTPResponse.Status, headers: HTTPFields = [:], ownHeaders: [OwnHeader] = [],
        body: [UInt8] = []
    ) {
        self.status = status
        self.headers = headers
        self.ownHeaders = ownHeaders
        self.body = ResponseBody(body)
        native = self.body.makeNative(headers: headers, ownHeaders)
    }

    deinit { MHD_destroy_response(native) }

    /// The number of bytes of the body.
    package var bodyByteCount: Int { body.count }

    /// Whether it says by itself that the connection ends with it.
    var isClosing: Bool { headers.contains(.connection) }

    /// The whole answer, as libmicrohttpd would write it, but that a 304 has no length: libmicrohttpd's is that of an empty body,
    /// and not of what a 200 would have had (RFC 9110 §8.6).
    ///
    /// - Parameters:
    ///   - date: the present, in the form of RFC 9110.
    ///   - isLast: whether the connection ends with it.
    func bytes(date: String, isLast: Bool) -> [UInt8] {
        let framing: AnswerHead.Framing = status == .noContent || status == .notModified ? .none : .length(body.count)
        var bytes = AnswerHead(status, date: date, isLast: isLast, headers, own: ownHeaders, framing: framing).bytes
        body.append(to: &bytes)
        return bytes
    }

    /// Queues the answer on a connection. Corresponds to `MHD_queue_response`.
    ///
    /// - Parameter isClosing: whether the connection is closed after it, and says so.
    /// - Returns: false when libmicrohttpd refused it, which leaves nothing but to close.
    func queue(on connection: OpaquePointer, isClosing: Bool) -> Bool {
        guard isClosing, !self.isClosing else {
            return MHD_queue_response(connection, UInt32(status.code), native) == .YES
        }
        // Other connections share `native` and go on: only a response of its own can say close.
        var closing = headers
        closing[.connection] = "close"
        let single = body.makeNative(headers: closing, ownHeaders)
        defer { MHD_destroy_response(single) }
        return MHD_queue_response(connection, UInt32(status.code), single) == .YES
    }
}

extension OpaquePointer {
    /// Adds the fields to an `MHD_Response`. Corresponds to `MHD_add_response_header`.
    func addHeaders(_ headers: [Response.OwnHeader]) {
        for header in headers where !header.value.isEmpty {
            // A literal ends with NUL.
            let name = UnsafeRawPointer(header.name.utf8Start).assumingMemoryBound(to: CChar.self)
            let result = header.value.withCString { MHD_add_response_header(self, name, $0) }
            precondition(result == .YES, "libmicrohttpd does not take the header field \(String(cString: name))")
        }
    }

    /// Adds the fields to an `MHD_Response`. Corresponds to `MHD_add_response_header`.
    func addHeaders(_ headers: HTTPFields) {
        for field in headers where !field.value.isEmpty {
            // A string that is passed to C as it is would be copied for each call.
            let result = field.name.rawName.withCString { name in
                field.value.withCString { MHD_add_response_header(self, name, $0) }
            }
            precondition(result == .YES, "libmicrohttpd does not take the header field \(field.name)")
        }
    }
}
