import Threads
import Trunkline

extension StartingPoint {
    /// Where the reader begins.
    ///
    /// - Parameter arrival: by when its request had arrived.
    /// - Throws: 400 for a `since` that is no cursor. An unreadable header is a gap: an `EventSource` gives up for good on a 400.
    func inTable(askedBy arrival: MonotonicInstant) throws(RequestFailure) -> ChannelTable<any Wakeable>.Start {
        switch self {
        case .now: return .asked(arrival)
        case .since(let text):
            guard let cursor = Cursor(text) else { throw WaitParameters.sinceUnreadable(text) }
            return .after(cursor)
        case .lastEventID(let text), .ifNoneMatch(let text):
            return Cursor(text).map { .after($0) } ?? .unreadable
        }
    }
}
