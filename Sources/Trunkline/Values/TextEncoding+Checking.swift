/// The limits that PostgreSQL sets in the database's own encoding.
extension TextEncoding {
    /// - Throws: `.notRepresentable`, `.channelInvalid`.
    package func wireBytes(of name: ChannelName) throws(TrunklineError) -> [UInt8] {
        guard let bytes = encode(name.bytes) else {
            throw TrunklineError(
                .notRepresentable,
                "the channel name is no text in the database's encoding: use characters that the encoding has",
                channel: name)
        }
        guard bytes.count <= ChannelName.byteCountMax else {
            throw TrunklineError(
                .channelInvalid,
                "the channel name has \(bytes.count) bytes: PostgreSQL takes at most \(ChannelName.byteCountMax)",
                channel: name)
        }
        return bytes
    }

    /// The bytes of text that was checked before.
    func checkedBytes(_ utf8: [UInt8]) -> [UInt8] {
        if case .iconv = self {
            guard let bytes = encode(utf8) else { preconditionFailure("unchecked text") }
            return bytes
        }
        return utf8
    }

    /// - Throws: `.notRepresentable`, `.payloadTooLarge`.
    package func wireBytes(of payload: Payload, on channel: ChannelName) throws(TrunklineError) -> [UInt8] {
        guard let bytes = encode(payload.bytes) else {
            throw TrunklineError(
                .notRepresentable,
                "the payload is no text in the database's encoding: use characters that the encoding has",
                channel: channel)
        }
        guard bytes.count <= Payload.byteCountMax else {
            throw TrunklineError(
                .payloadTooLarge,
                "the payload has \(bytes.count) bytes: PostgreSQL takes at most \(Payload.byteCountMax)",
                channel: channel)
        }
        return bytes
    }
}
