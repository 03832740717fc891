/// Reads server-sent events by the rules of WHATWG HTML §9.2.5 and §9.2.6, and notes whatever a parser would put up with in
/// silence: of a payload that breaks out of its frame nothing else might be seen.
struct EventStreamParser {
    /// One event as it is dispatched.
    struct Event: Equatable, CustomStringConvertible {
        /// `message` unless the stream names another.
        var type: String
        /// UTF-8.
        var data: [UInt8]
        /// The last event ID at its dispatch.
        var lastEventID: String

        /// The data as text.
        var text: String { String(decoding: data, as: UTF8.self) }

        var description: String { "\(type) \(lastEventID): \(text.debugDescription)" }
    }

    /// Lines that begin with a colon, without it.
    private(set) var comments: [String] = []
    /// The last reconnection time, in milliseconds.
    private(set) var retryMilliseconds: Int?
    /// The last event ID by the blocks that are complete: what a client would send to reconnect.
    private(set) var lastEventID = ""
    /// What is allowed by the rules, but what no server writes on purpose.
    private(set) var faults: [String] = []

    private var isAtStart = true
    private var isAfterCarriageReturn = false
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var type = ""
    private var id = ""

    /// Takes the next bytes.
    ///
    /// - Returns: the events that are complete with them.
    mutating func push(_ bytes: some Sequence<UInt8>) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            // CR LF is one line end, also where the two come in different chunks.
            if isAfterCarriageReturn, byte == UInt8(ascii: "\n") {
                isAfterCarriageReturn = false
                continue
            }
            isAfterCarriageReturn = byte == UInt8(ascii: "\r")
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                if let event = endLine() { events.append(event) }
            } else {
                line.append(byte)
            }
        }
        return events
    }

    /// Whether the last byte ended a block: no event would be thrown away if the stream ended here.
    var isAtBlockEnd: Bool { line.isEmpty && !hasData && type.isEmpty && id == lastEventID }

    private mutating func endLine() -> Event? {
        if isAtStart, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isAtStart = false
        defer { line = [] }
        if line.isEmpty { return dispatch() }
        if String(validating: line, as: UTF8.self) == nil { faults.append("no UTF-8: \(line)") }
        let text = String(decoding: line, as: UTF8.self)
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            take(field: text, value: [])
            return nil
        }
        var value = line[(colon + 1)...]
        if colon == 0 {
            comments.append(String(decoding: value, as: UTF8.self))
            return nil
        }
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        take(field: String(decoding: line[..<colon], as: UTF8.self), value: value)
        return nil
    }

    private mutating func take(field: String, value: ArraySlice<UInt8>) {
        let text = String(decoding: value, as: UTF8.self)
        switch field {
        case "event": type = text
        case "data":
            data += value + [UInt8(ascii: "\n")]
            hasData = true
        case "id" where value.contains(0): faults.append("an id with NUL")
        case "id": id = text
        case "retry":
            guard let milliseconds = Int(text), value.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else {
                faults.append("a retry that is no number: \(text.debugDescription)")
                return
            }
            retryMilliseconds = milliseconds
        default: faults.append("no field: \(field.debugDescription)")
        }
    }

    private mutating func dispatch() -> Event? {
        lastEventID = id
        defer {
            data = []
            hasData = false
            type = ""
        }
        guard hasData else { return nil }
        data.removeLast()
        return Event(type: type.isEmpty ? "message" : type, data: data, lastEventID: lastEventID)
    }
}
