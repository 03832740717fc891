import Glibc
import Trunkline

/// The objects of the JSON formats; RFC 8259, without a space, one line each.
enum JSONObject {
    /// `{"type":"notification",…}`.
    static func notification(_ notification: Notification) -> [UInt8] {
        var json = Array("{\"type\":\"notification\",\"id\":\"\(notification.id)\",\"channel\":".utf8)
        append(notification.channel, to: &json)
        if let text = utf8(notification.payload.bytes) {
            json += Array(",\"payload\":".utf8)
            JSONString.append(text, to: &json)
        } else {
            json += Array(",\"payload_base64\":\"".utf8) + Base64.encoded(notification.payload.bytes) + Array("\"".utf8)
        }
        json += Array(",\"time\":\"\(timestamp(notification.receivedMilliseconds))\"}".utf8)
        return json
    }

    /// `{"type":"gap",…}`.
    static func gap(_ gap: Gap) -> [UInt8] {
        var json = Array("{\"type\":\"gap\",\"reason\":\"\(gap.reason)\",\"channels\":".utf8)
        append(gap.channels, to: &json)
        json += Array(",\"after\":\(quoted(gap.after)),\"id\":\"\(gap.id)\"}".utf8)
        return json
    }

    /// `{"type":"listening",…}`.
    static func listening(_ cursor: Cursor?, _ channels: [ChannelName]) -> [UInt8] {
        var json = Array("{\"type\":\"listening\",\"cursor\":\(quoted(cursor)),\"channels\":".utf8)
        append(channels, to: &json)
        return json + Array("}".utf8)
    }

    /// `{"type":"heartbeat",…}`.
    static func heartbeat(_ cursor: Cursor) -> [UInt8] {
        Array("{\"type\":\"heartbeat\",\"cursor\":\"\(cursor)\"}".utf8)
    }

    /// `{"type":"end",…}`.
    static func end(reason: String, retryMilliseconds: Int) -> [UInt8] {
        Array("{\"type\":\"end\",\"reason\":\"\(reason)\",\"retry\":\(retryMilliseconds)}".utf8)
    }

    /// The body of a poll.
    static func poll(_ cursor: Cursor, gap: Gap?, _ entries: [Entry]) -> [UInt8] {
        var json = Array("{\"cursor\":\"\(cursor)\",\"gap\":".utf8)
        json += gap.map { Self.gap($0) } ?? Array("null".utf8)
        json += Array(",\"notifications\":[".utf8)
        for (index, entry) in entries.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += notification(entry.notification)
        }
        return json + Array("]}\n".utf8)
    }

    /// `2026-11-22T10:00:00.123Z` (RFC 3339).
    static func timestamp(_ milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(padded(parts.tm_year + 1_900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let time = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(time).\(padded(milliseconds % 1_000, 3))Z"
    }

    private static func append(_ channels: [ChannelName], to json: inout [UInt8]) {
        json.append(UInt8(ascii: "["))
        for (index, channel) in channels.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            append(channel, to: &json)
        }
        json.append(UInt8(ascii: "]"))
    }

    private static func append(_ channel: ChannelName, to json: inout [UInt8]) {
        JSONString.append(TextFormat.repaired(channel.bytes), to: &json)
    }

    private static func quoted(_ cursor: Cursor?) -> String {
        cursor.map { "\"\($0)\"" } ?? "null"
    }

    private static func utf8(_ bytes: [UInt8]) -> [UInt8]? {
        if bytes.allSatisfy({ $0 < 0x80 }) { return bytes }
        return String(validating: bytes, as: UTF8.self) == nil ? nil : bytes
    }
}
