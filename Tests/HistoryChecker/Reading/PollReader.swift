import Glibc
import TestSupport
import Threads

/// Polls with a cursor: takes it by `HEAD`, and passes on what each whole answer gives.
package struct PollReader: RecordingReader {
    /// How the answers are to come.
    package enum Format: String, Sendable {
        /// For one channel.
        case text
        case json
    }

    /// The `timeout` of each poll, by which it must have its answer.
    package static let timeout = Duration.seconds(2)

    package let log: ReaderLog
    private let channels: [String]
    private let format: Format
    private let port: UInt16

    package init(_ channels: [String], _ format: Format, name: String? = nil, port: UInt16) {
        log = ReaderLog(name: name ?? "poll \(format)", channels: channels)
        self.channels = channels
        self.format = format
        self.port = port
    }

    package func read() async throws {
        try await offPool {
            var cursor: String?
            while !log.isOver { Attempt { try poll(&cursor) }.rest(log) }
        }
    }

    /// Polls on one connection for as long as it lasts.
    private func poll(_ cursor: inout String?) throws {
        let connection = try RawConnection(port: port, patience: .seconds(7))
        while !log.isOver {
            if let since = cursor {
                let limits = "&limit=1000&timeout=\(Self.timeout.components.seconds)"
                let target = "/wait?\(query(of: channels))&format=\(format)\(limits)&since=\(since)"
                let asked = MonotonicInstant.now
                try connection.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let response = try connection.readResponse()
                log.noteRequest(.now - asked)
                cursor = try take(response) ?? cursor
            } else {
                try connection.send("HEAD /wait?\(query(of: channels)) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let response = try connection.readResponse(to: "HEAD")
                guard response.status == 200 else { throw TestSupportError("no cursor yet: \(response.status)") }
                cursor = response["Trunkline-Cursor"]
                log.note(.armed)
            }
        }
    }

    /// - Returns: the cursor to go on from.
    private func take(_ response: RawResponse) throws -> String? {
        guard let cursor = response["Trunkline-Cursor"], response["ETag"] == "\"\(cursor)\"" else {
            throw TestSupportError("no answer to go on from: \(response.status) \(response.text)")
        }
        if format == .json, response.status == 200 {
            let poll = try WirePoll(response.body)
            guard poll.cursor == cursor else { throw TestSupportError("two cursors: \(poll.cursor), \(cursor)") }
            if let gap = poll.gap?.sighting { log.note(gap) }
            for notification in poll.notifications.compactMap(\.sighting) { log.note(notification) }
        } else {
            if let reason = response["Trunkline-Gap"] { log.note(.gap(reason: reason, channels: nil, id: cursor)) }
            for line in response.text.split(separator: "\n") {
                log.note(.notification(channel: channels[0], payload: String(line)))
            }
        }
        return cursor
    }
}
