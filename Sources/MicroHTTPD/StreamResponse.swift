import HTTPTypes

/// The head of an answer whose body is a stream.
package struct StreamResponse: Sendable {
    package let status: HTTPResponse.Status
    package let headers: HTTPFields
    package let stream: any ResponseStream

    /// A stream serves one exchange; `HEAD` requests get the head only, and `stream` is never read.
    package init(status: HTTPResponse.Status = .ok, headers: HTTPFields, stream: any ResponseStream) {
        self.status = status
        self.headers = headers
        self.stream = stream
    }
}
