import Trunkline

/// How one notification looks as `text` and as `raw`.
enum TextFormat {
    /// The payload and a line feed; bytes that are not UTF-8 are repaired with U+FFFD, as `charset=utf-8` promises text.
    static func line(_ payload: Payload) -> [UInt8] {
        var line: [UInt8] = []
        append(lineOf: payload, to: &line)
        return line
    }

    /// Appends the line.
    static func append(lineOf payload: Payload, to bytes: inout [UInt8]) {
        let text = repaired(payload.bytes)
        // The first line gets the room it needs, and no more.
        if bytes.isEmpty { bytes.reserveCapacity(text.count + 1) }
        bytes += text
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The payload to the byte.
    static func raw(_ payload: Payload) -> [UInt8] {
        payload.bytes
    }

    /// The name as it stands in the `Trunkline-Channel` header and in SSE comments: percent-encoded.
    static func headerValue(_ channel: ChannelName) -> String {
        // The usual name has nothing to encode.
        channel.bytes.allSatisfy(PercentEncoding.isUnreserved)
            ? String(decoding: channel.bytes, as: UTF8.self) : PercentEncoding.encoded(channel.bytes)
    }

    /// The bytes if they are UTF-8, else with U+FFFD in place of what is not.
    static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        // ASCII, the usual case, is UTF-8 and needs no second look.
        bytes.allSatisfy { $0 < 0x80 } ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)
    }
}
