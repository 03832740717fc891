import HTTPTypes
import MicroHTTPD

/// The refusals that depend on the state of the server rather than on the request.
extension RequestFailure {
    /// 503: the server is on its way to its end.
    static var draining: RequestFailure {
        RequestFailure(
            .serviceUnavailable, "the server is draining: retry, it or another one will be there in a moment",
            closesConnection: true)
    }

    /// 504: the server ends before PostgreSQL has answered.
    static var unknownAtEnd: RequestFailure {
        RequestFailure(
            .gatewayTimeout,
            "sent to PostgreSQL, but whether it was posted is unknown: the server ends; look before you post it again",
            closesConnection: true)
    }

    /// 503: as many requests are held as may be.
    static func tooManyHeld(_ heldMax: Int) -> RequestFailure {
        RequestFailure(
            .serviceUnavailable, "\(heldMax) requests are held, which is the limit: retry later, or raise max_held",
            retryAfterSeconds: 5, closesConnection: true)
    }

    /// 503: PostgreSQL has not confirmed a LISTEN in time.
    static var notConfirmed: RequestFailure {
        RequestFailure(
            .serviceUnavailable, "PostgreSQL has not confirmed that it listens: retry, /readyz tells what is wrong")
    }

    /// Whether it passes by itself: an overload, a drain, an outage.
    var isPassing: Bool {
        (status == .serviceUnavailable || status == .tooManyRequests) && parameter == nil
    }

    /// What libmicrohttpd's overlay refuses before anybody here sees the request.
    init(_ refusal: Refusal, headBytesMax: Int, bodyBytesMax: Int) {
        switch refusal {
        case .malformed(let sentence):
            self.init(.badRequest, "\(sentence)", closesConnection: true)
        case .targetTooLong:
            self.init(
                .uriTooLong,
                "the request target is longer than \(headBytesMax) bytes: send a long payload as the body of a POST",
                closesConnection: true)
        case .headTooLarge:
            self.init(
                .requestHeaderFieldsTooLarge,
                "the header section is larger than \(headBytesMax) bytes: send fewer or shorter header fields",
                closesConnection: true)
        case .bodyTooLarge:
            self.init(
                .contentTooLarge, "the body is larger than \(bodyBytesMax) bytes: send it in several requests",
                closesConnection: true)
        }
    }

    /// The answer, in the form that the request prefers.
    ///
    /// - Parameter fields: further header fields.
    func response(to request: Request, _ fields: HTTPFields = [:]) -> Response {
        let rendered = rendered(asJSON: AcceptHeader(request).prefersJSON)
        var headers = rendered.fields
        for field in fields { headers[field.name] = field.value }
        if closesConnection { headers[.connection] = "close" }
        return Response(status: rendered.status, headers: headers, body: rendered.body)
    }
}
