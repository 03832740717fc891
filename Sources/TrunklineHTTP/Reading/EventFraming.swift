import Trunkline

/// Server-sent events (WHATWG HTML §9.2.5): nothing a payload or a name holds can end an event or start a field.
enum EventFraming {
    /// The first lines of a stream: when to come back, from where, and what is listened to.
    ///
    /// - Parameter cursor: the priming id; `nil` when a gap comes first, whose id does it.
    static func prologue(_ cursor: Cursor?, _ channels: [ChannelName], retryMilliseconds: Int) -> [UInt8] {
        var lines = "retry: \(retryMilliseconds)\n"
        if let cursor { lines += "id: \(cursor)\n" }
        let names = channels.map { TextFormat.headerValue($0) }.joined(separator: " ")
        return Array((lines + ": listening \(names)\n\n").utf8)
    }

    /// A notification with its payload as data: each line of it a `data:` line, whatever ends it.
    static func event(text notification: Notification) -> [UInt8] {
        let payload = TextFormat.repaired(notification.payload.bytes)
        var frame = Array("id: \(notification.id)\ndata: ".utf8)
        frame.reserveCapacity(frame.count + payload.count + 16)
        var index = payload.startIndex
        while index < payload.endIndex {
            let byte = payload[index]
            index += 1
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                frame.append(byte)
                continue
            }
            if byte == UInt8(ascii: "\r"), index < payload.endIndex, payload[index] == UInt8(ascii: "\n") { index += 1 }
            frame.append(contentsOf: "\ndata: ".utf8)
        }
        frame.append(contentsOf: "\n\n".utf8)
        return frame
    }

    /// A notification with the notification object as data.
    static func event(json notification: Notification) -> [UInt8] {
        Array("id: \(notification.id)\ndata: ".utf8) + JSONObject.notification(notification) + Array("\n\n".utf8)
    }

    /// A gap.
    static func event(_ gap: Gap) -> [UInt8] {
        Array("event: gap\nid: \(gap.id)\ndata: ".utf8) + JSONObject.gap(gap) + Array("\n\n".utf8)
    }

    /// A comment that says nothing but that the stream is alive.
    static let heartbeat = Array(":\n\n".utf8)

    /// When to come back; the stream ends after it.
    static func farewell(retryMilliseconds: Int) -> [UInt8] {
        Array("retry: \(retryMilliseconds)\n\n".utf8)
    }
}
