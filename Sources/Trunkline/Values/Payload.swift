/// What a notification carries: at most 7,999 bytes in the encoding of the database, no NUL; may be empty.
///
/// Source of the limit: `NOTIFY_PAYLOAD_MAX_LENGTH` of PostgreSQL.
public struct Payload: Hashable, Sendable {
    /// The most bytes a payload may have in the encoding of the database.
    public static let byteCountMax = 7_999

    /// The bytes as they came, UTF-8 unless the database is `SQL_ASCII`.
    public let bytes: [UInt8]

    /// - Throws: `.payloadTooLarge`, or `.notRepresentable` for a payload with NUL.
    public init(_ text: String) throws(TrunklineError) {
        try self.init(bytes: text.utf8)
    }

    /// - Throws: `.payloadTooLarge`, or `.notRepresentable` for a payload with NUL.
    public init(bytes: some Collection<UInt8>) throws(TrunklineError) {
        // Copied first: the search runs over bytes side by side, whatever they came from.
        try self.init(bytes: Array(bytes))
    }

    /// - Throws: `.payloadTooLarge`, or `.notRepresentable` for a payload with NUL.
    package init(bytes: [UInt8]) throws(TrunklineError) {
        guard bytes.count <= 4 * Self.byteCountMax else {
            throw TrunklineError(
                .payloadTooLarge, "the payload has \(bytes.count) bytes: PostgreSQL takes at most \(Self.byteCountMax)")
        }
        guard !bytes.span.holdsNUL else {
            throw TrunklineError(.notRepresentable, "the payload holds a NUL byte, which PostgreSQL cannot store: leave it out")
        }
        self.bytes = bytes
    }

    /// Takes bytes that PostgreSQL itself delivered.
    init(delivered bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension Payload {
    /// Feeds all bytes at once: one by one, as the array would, takes some twenty times as long.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytes.count)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension Payload: CustomStringConvertible {
    /// The payload as text; bytes that are not UTF-8 show as U+FFFD.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension Payload: ExpressibleByStringLiteral {
    /// A payload written in the source. One that is no valid payload is a programming error and traps.
    public init(stringLiteral text: String) {
        do { try self.init(text) } catch { preconditionFailure("\(error)") }
    }
}
