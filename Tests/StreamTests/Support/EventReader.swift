import TestSupport

/// Reads a stream of server-sent events with the strict parser. Its calls block.
final class EventReader {
    let body: StreamBody
    private(set) var parser = EventStreamParser()
    private var ready: ArraySlice<EventStreamParser.Event> = []
    private(set) var isAtEnd = false

    init(_ body: StreamBody) {
        self.body = body
    }

    /// The next event; `nil` at the end.
    ///
    /// - Throws: a `TestSupportError` also for what a parser would put up with in silence.
    func next() throws -> EventStreamParser.Event? {
        while ready.isEmpty {
            guard try readChunk() else { return nil }
        }
        return ready.popFirst()
    }

    /// The next events, exactly so many.
    func next(_ count: Int) throws -> [EventStreamParser.Event] {
        try (0..<count).map { number in
            guard let event = try next() else { throw TestSupportError("the stream ended after \(number) of \(count) events") }
            return event
        }
    }

    /// All that is left, up to the end.
    func rest() throws -> [EventStreamParser.Event] {
        var events: [EventStreamParser.Event] = []
        while let event = try next() { events.append(event) }
        return events
    }

    /// Reads until the stream has said what it listens to, and from where.
    ///
    /// - Returns: itself.
    func untilListening() throws -> Self {
        while parser.comments.isEmpty || !parser.isAtBlockEnd {
            guard try readChunk() else { throw TestSupportError("the stream ended before it listened") }
        }
        return self
    }

    /// Reads until there are so many comments.
    func untilComments(_ count: Int) throws {
        while parser.comments.count < count {
            guard try readChunk() else { throw TestSupportError("the stream ended before \(count) comments") }
        }
    }

    private func readChunk() throws -> Bool {
        guard !isAtEnd else { return false }
        guard let chunk = try body.next() else {
            isAtEnd = true
            guard parser.isAtBlockEnd else { throw TestSupportError("the stream ended within an event") }
            return false
        }
        ready += parser.push(chunk)
        guard parser.faults.isEmpty else { throw TestSupportError("the stream holds \(parser.faults)") }
        return true
    }
}

extension ServerProcess {
    /// An event stream that listens already.
    func events(
        _ query: String, _ fields: [String] = [], patience: Duration = .seconds(30), receiveBuffer: Int32? = nil
    ) throws -> EventReader {
        let body = try stream("/wait?mode=sse&\(query)", fields, patience: patience, receiveBuffer: receiveBuffer)
        return try EventReader(body).untilListening()
    }
}
