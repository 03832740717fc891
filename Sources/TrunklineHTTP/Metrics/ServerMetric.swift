/// What the server measures beside what its hub does, each by the name of its instrument.
enum ServerMetric: String, CaseIterable {
    case heldRequests = "trunkline_held_requests"
    case heldRequestsMax = "trunkline_held_requests_max"

    /// What it means, in one line.
    var help: String {
        switch self {
        case .heldRequests: "Requests that are held: polls, streams, and those who ask for a cursor."
        case .heldRequestsMax: "The most requests that are held; beyond it they are refused."
        }
    }
}
