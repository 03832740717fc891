/// Reads `text/event-stream` as a browser does (WHATWG HTML §9.2.6): an event counts when its empty line has come.
package struct EventStreamParser {
    /// One dispatched event.
    package struct Event: Sendable, Equatable {
        package let type: String
        package let data: String
        package let id: String
    }

    private var unread: [UInt8] = []
    private var type = ""
    private var data: [String] = []
    private var id = ""
    /// What a browser would send when it comes back.
    package private(set) var lastEventID = ""
    /// After how many milliseconds a browser would come back, as far as it was told.
    package private(set) var retryMilliseconds: Int?

    package init() {}

    /// Takes bytes as they come, cut anywhere.
    ///
    /// - Returns: the events that are complete now.
    package mutating func take(_ bytes: some Sequence<UInt8>) -> [Event] {
        unread += bytes
        var events: [Event] = []
        var start = unread.startIndex
        while let end = unread[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let event = take(line: unread[start..<end]) { events.append(event) }
            start = end + 1
        }
        unread.removeSubrange(..<start)
        return events
    }

    /// The server ends lines with a line feed; a CR in what it sends would be taken for the end of a line by a browser.
    private mutating func take(line: ArraySlice<UInt8>) -> Event? {
        guard !line.isEmpty else { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": type = String(decoding: value, as: UTF8.self)
        case "data": data.append(String(decoding: value, as: UTF8.self))
        case "id": id = String(decoding: value, as: UTF8.self)
        case "retry": retryMilliseconds = Int(String(decoding: value, as: UTF8.self)) ?? retryMilliseconds
        // Comments have an empty name; others are of no interest here.
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> Event? {
        lastEventID = id
        defer {
            type = ""
            data = []
        }
        guard !data.isEmpty else { return nil }
        return Event(type: type.isEmpty ? "message" : type, data: data.joined(separator: "\n"), id: id)
    }
}
