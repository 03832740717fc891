/// A reader of one kind: it reads in its own way until its log is over, and notes what it sees.
package protocol RecordingReader: Sendable {
    var log: ReaderLog { get }

    /// Reads until the end was seen on all channels, or until it is told to give up. What cuts it off it notes, and comes
    /// back.
    func read() async throws
}

/// Percent-encodes the names of channels for a query.
func query(of channels: [String]) -> String {
    channels.map { channel in
        "channel="
            + channel.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): String(UnicodeScalar(byte))
                default: "%" + String(byte, radix: 16)
                }
            }.joined()
    }.joined(separator: "&")
}
