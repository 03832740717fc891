import TestSupport

/// Reads server-sent events like an `EventSource`: whenever it is cut off it comes back with the last id it has.
package struct EventSourceReader: RecordingReader {
    package let log: ReaderLog
    private let channels: [String]
    private let port: UInt16

    /// - Parameters:
    ///   - channels: with several, the data are notification objects.
    ///   - port: where the server, or the proxy before it, listens.
    package init(_ channels: [String], name: String = "sse", port: UInt16) {
        log = ReaderLog(name: name, channels: channels)
        self.channels = channels
        self.port = port
    }

    package func read() async throws {
        try await offPool {
            var lastEventID = ""
            while !log.isOver {
                var parser = EventStreamParser()
                let attempt = Attempt { try follow(&parser, since: lastEventID) }
                if !parser.lastEventID.isEmpty { lastEventID = parser.lastEventID }
                attempt.rest(log)
            }
        }
    }

    private func follow(_ parser: inout EventStreamParser, since id: String) throws {
        let connection = try RawConnection(port: port, patience: .seconds(5))
        let cursor = id.isEmpty ? "" : "Last-Event-ID: \(id)\r\n"
        try connection.send(
            "GET /wait?\(query(of: channels)) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\(cursor)\r\n")
        guard try connection.readHead().status == 200 else { throw TestSupportError("an event stream is always a 200") }
        while !log.isOver, let chunk = try connection.readChunk() {
            let wasArmed = !parser.lastEventID.isEmpty
            for event in parser.take(chunk) { try note(event) }
            if !wasArmed, !parser.lastEventID.isEmpty { log.note(.armed) }
        }
    }

    private func note(_ event: EventStreamParser.Event) throws {
        if event.type == "message", channels.count == 1 {
            log.note(.notification(channel: channels[0], payload: event.data))
        } else if let sighting = try WireObject(event.data.utf8).sighting {
            log.note(sighting)
        }
    }
}
