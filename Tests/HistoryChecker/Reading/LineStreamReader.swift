import TestSupport

/// Reads `mode=stream&format=json`, and comes back with the cursor of the last whole line.
package struct LineStreamReader: RecordingReader {
    package let log: ReaderLog
    private let channels: [String]
    private let port: UInt16

    package init(_ channels: [String], name: String = "ndjson", port: UInt16) {
        log = ReaderLog(name: name, channels: channels)
        self.channels = channels
        self.port = port
    }

    package func read() async throws {
        try await offPool {
            var cursor: String?
            while !log.isOver { Attempt { try follow(&cursor) }.rest(log) }
        }
    }

    private func follow(_ cursor: inout String?) throws {
        let connection = try RawConnection(port: port, patience: .seconds(5))
        let since = cursor.map { "&since=\($0)" } ?? ""
        try connection.send(
            "GET /wait?\(query(of: channels))&mode=stream&format=json\(since) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        guard try connection.readHead().status == 200 else { throw TestSupportError("no stream yet") }
        var unread: [UInt8] = []
        while !log.isOver, let chunk = try connection.readChunk() {
            unread += chunk
            var start = unread.startIndex
            while let end = unread[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let object = try WireObject(unread[start..<end])
                if let sighting = object.sighting { log.note(sighting) }
                if object.type == "listening", cursor == nil { log.note(.armed) }
                cursor = object.id ?? object.cursor ?? cursor
                start = end + 1
            }
            unread.removeSubrange(..<start)
        }
    }
}
