/// How a post ended, as it is counted.
package enum PostOutcome: Int, CaseIterable, Sendable {
    /// It is committed.
    case posted
    /// Certainly not committed: PostgreSQL cannot be reached, is busy, or would not.
    case notPosted
    /// It was sent, and whether it committed is unknown.
    case unknown
    /// It can never be posted as it is.
    case refused
    /// Too many posts waited.
    case overLimit
    /// The hub was stopping.
    case stopping

    /// As the label has it.
    package var name: String {
        switch self {
        case .posted: "posted"
        case .notPosted: "not_posted"
        case .unknown: "unknown"
        case .refused: "refused"
        case .overLimit: "over_limit"
        case .stopping: "stopping"
        }
    }

    /// The outcome that an answer tells.
    init(_ answer: Result<Void, TrunklineError>) {
        switch answer {
        case .success: self = .posted
        case .failure(let error):
            switch error.code {
            case .outcomeUnknown: self = .unknown
            case .overLimit: self = .overLimit
            case .stopping: self = .stopping
            case .notRepresentable, .channelInvalid, .payloadTooLarge, .duplicate: self = .refused
            default: self = .notPosted
            }
        }
    }
}
