/// The name of a channel: 1–63 bytes in the encoding of the database, no NUL, case kept.
///
/// Held as the UTF-8 bytes in which it came. In a database of another encoding it is converted when it is used, and the
/// limit of 63 bytes is checked after that; in a `SQL_ASCII` database any bytes but NUL are a name.
///
/// PostgreSQL truncates a longer name in `LISTEN` silently to another channel's (`NAMEDATALEN`), so it is refused here.
public struct ChannelName: Hashable, Sendable {
    /// The most bytes a name may have in the encoding of the database.
    public static let byteCountMax = 63

    /// The bytes as they came, UTF-8 unless the database is `SQL_ASCII`.
    public let bytes: [UInt8]

    /// - Parameter name: 1–63 bytes of text.
    /// - Throws: `.channelInvalid` for an empty or too long name, `.notRepresentable` for one with NUL.
    public init(_ name: String) throws(TrunklineError) {
        try self.init(bytes: name.utf8)
    }

    /// - Parameter bytes: a name in UTF-8, or any bytes for a `SQL_ASCII` database.
    /// - Throws: `.channelInvalid` for an empty or too long name, `.notRepresentable` for one with NUL.
    public init(bytes: some Collection<UInt8>) throws(TrunklineError) {
        // Copied first: the search runs over bytes side by side, whatever they came from.
        try self.init(bytes: Array(bytes))
    }

    /// - Parameter bytes: a name in UTF-8, or any bytes for a `SQL_ASCII` database.
    /// - Throws: `.channelInvalid` for an empty or too long name, `.notRepresentable` for one with NUL.
    package init(bytes: [UInt8]) throws(TrunklineError) {
        // No encoding of PostgreSQL needs more than 4 bytes of UTF-8 for one of its own, so more can fit in none.
        guard !bytes.isEmpty else {
            throw TrunklineError(.channelInvalid, "the channel name is empty: give it 1–63 bytes")
        }
        guard bytes.count <= 4 * Self.byteCountMax else {
            throw TrunklineError(
                .channelInvalid, "the channel name has \(bytes.count) bytes: PostgreSQL takes at most \(Self.byteCountMax)")
        }
        guard !bytes.span.holdsNUL else {
            throw TrunklineError(
                .notRepresentable, "the channel name holds a NUL byte, which PostgreSQL cannot store: leave it out")
        }
        self.bytes = bytes
    }

    /// Takes a name that PostgreSQL itself delivered.
    init(delivered bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The name for a log line: control characters and quotes escaped.
    var quoted: String { String(reflecting: description) }
}

extension ChannelName {
    /// Feeds all bytes at once: one by one, as the array would, takes some twenty times as long.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytes.count)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension ChannelName: CustomStringConvertible {
    /// The name as text; bytes that are not UTF-8 show as U+FFFD.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension ChannelName: ExpressibleByStringLiteral {
    /// A name written in the source. One that is no valid name is a programming error and traps.
    public init(stringLiteral name: String) {
        do { try self.init(name) } catch { preconditionFailure("\(error)") }
    }
}
