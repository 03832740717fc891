import HTTPTypes
import Trunkline

extension RequestFailure {
    /// The answer to an error of the library; its message is the sentence.
    ///
    /// - Parameters:
    ///   - parameter: what was refused, where the code does not tell.
    ///   - place: where it stands in the request, put before the sentence: `line 3`.
    ///   - retryAfterSeconds: when to try again, for 503.
    init(_ error: TrunklineError, parameter: String? = nil, at place: String? = nil, retryAfterSeconds: Int = 1) {
        self.init(
            Self.status(of: error.code), parameter: parameter ?? Self.parameter(of: error.code),
            place.map { "\($0): \(error.message)" } ?? error.message, retryAfterSeconds: retryAfterSeconds)
    }

    private static func status(of code: TrunklineError.Code) -> HTTPResponse.Status {
        switch code {
        case .channelInvalid: .badRequest
        case .payloadTooLarge: .contentTooLarge
        case .notRepresentable, .duplicate: .unprocessableContent
        case .outcomeUnknown: .gatewayTimeout
        case .listenRefused, .overLimit, .notPosted, .stopping, .cancelled, .configuration: .serviceUnavailable
        // A code that came later than this table is our fault, not the client's.
        default: .internalServerError
        }
    }

    private static func parameter(of code: TrunklineError.Code) -> String? {
        switch code {
        case .channelInvalid, .listenRefused: "channel"
        case .payloadTooLarge: "payload"
        default: nil
        }
    }
}
