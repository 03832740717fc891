import HTTPTypes

/// A request that is refused: the status, and one sentence that says which parameter, what was wrong, and what to do.
struct RequestFailure: Error, Hashable, Sendable {
    /// The status of the answer.
    let status: HTTPResponse.Status
    /// One line: which parameter, what was wrong, what to do.
    let detail: String
    /// The parameter or header field it is about, printable ASCII, if it is about one.
    let parameter: String?
    /// What the status demands beside the body: `Allow`, `Retry-After`, `Accept-Encoding`.
    var headers: HTTPFields
    /// Whether the connection ends with the answer, because what follows on it cannot be trusted or was not read.
    var closesConnection: Bool

    /// Every 429 and 503 gets a `Retry-After`, whoever makes it.
    ///
    /// - Parameters:
    ///   - detail: one sentence; request text in it comes through ``EchoedText``, line breaks become spaces.
    ///   - retryAfterSeconds: when to try again, for 429 and 503.
    init(
        _ status: HTTPResponse.Status, parameter: String? = nil, _ detail: String, headers: HTTPFields = [:],
        retryAfterSeconds: Int = 1, closesConnection: Bool = false
    ) {
        self.status = status
        self.parameter = parameter
        self.detail = Self.oneLine(detail)
        self.headers = headers
        self.closesConnection = closesConnection
        if status == .serviceUnavailable || status == .tooManyRequests {
            self.headers[.retryAfter] = String(retryAfterSeconds)
        }
    }

    /// Takes out what could start a second line or drive a terminal: PostgreSQL's own words end up in sentences too.
    private static func oneLine(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) else { return text }
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .format: line.append(" ")
            default: line.append(scalar)
            }
        }
        return String(line)
    }
}
