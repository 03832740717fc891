import HTTPTypes
import MicroHTTPD

/// From where a reader goes on, and which part of the request said so: what an unreadable or a still valid cursor means
/// depends on that.
enum StartingPoint: Equatable, Sendable {
    /// No cursor, or `since=now`: only what comes from here on.
    case now
    /// The `Last-Event-ID` header. Unreadable, it is a gap: an `EventSource` gives up for good on a 400.
    case lastEventID(String)
    /// The parameter `since`. Unreadable, it is a 400.
    case since(String)
    /// The `If-None-Match` header, without quotes and weakness. Unreadable, it is a gap; while it holds, a 304.
    case ifNoneMatch(String)

    /// The first that is there of `Last-Event-ID`, `since` and `If-None-Match`; what is empty is not there.
    ///
    /// A browser that reconnects sends the header, and it must win over the URL it was first opened with.
    ///
    /// - Parameter since: the parameter, if it is given.
    init(_ request: Request, since: String?) {
        if let id = request.values(of: .lastEventID).first(where: { !$0.isEmpty }) {
            self = .lastEventID(id)
        } else if let since, !since.isEmpty {
            self = since == "now" ? .now : .since(since)
        } else if let tag = EntityTag.only(in: request.values(of: .ifNoneMatch)) {
            self = .ifNoneMatch(tag)
        } else {
            self = .now
        }
    }

    /// The cursor as the client wrote it.
    var cursorText: String? {
        switch self {
        case .now: nil
        case .lastEventID(let text), .since(let text), .ifNoneMatch(let text): text
        }
    }
}
