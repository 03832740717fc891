import HistoryChecker
import TestSupport
import Threads

/// An event stream as a browser reads it. Its calls block, none longer than its patience.
final class EventStream {
    let connection: RawConnection
    private(set) var parser = EventStreamParser()
    private var events: ArraySlice<EventStreamParser.Event> = []
    /// The server has ended the stream as it ends one: by a last chunk.
    private(set) var isAtEnd = false
    private let patience: Duration

    /// Opens a stream and returns when its channels are armed.
    ///
    /// - Parameter query: after `/wait?mode=sse&`.
    init(_ query: String, at server: ServerProcess, patience: Duration = .seconds(20), receiveBuffer: Int32? = nil) throws {
        self.patience = patience
        connection = try server.connect(patience: patience, receiveBuffer: receiveBuffer)
        try connection.sendRequest("GET", "/wait?mode=sse&\(query)")
        let head = try connection.readHead()
        guard head.status == 200, head["Transfer-Encoding"] == "chunked" else {
            throw TestSupportError("no event stream: \(head.status) \(head.fields)")
        }
        while parser.lastEventID.isEmpty, !isAtEnd { try readChunk() }
    }

    /// The next event; `nil` at the end of the stream.
    ///
    /// - Throws: when none has come in time, heartbeats or not.
    func next() throws -> EventStreamParser.Event? {
        let deadline = MonotonicInstant.now + patience
        while events.isEmpty, !isAtEnd {
            guard MonotonicInstant.now < deadline else { throw TestSupportError("no event within \(patience)") }
            try readChunk()
        }
        return events.popFirst()
    }

    private func readChunk() throws {
        guard let chunk = try connection.readChunk() else {
            isAtEnd = true
            return
        }
        events += parser.take(chunk)
    }
}
