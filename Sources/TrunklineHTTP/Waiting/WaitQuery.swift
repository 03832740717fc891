import Trunkline

/// The query of `/wait`, each parameter read for itself; how they go together is the matter of ``WaitParameters``.
struct WaitQuery: Sendable {
    /// The distinct channels, at least one.
    let channels: [ChannelName]
    /// As given; may be empty.
    private(set) var since: String?
    /// 0–86,400 seconds.
    private(set) var timeout: Duration?
    /// 1–1,000.
    private(set) var limit: Int?
    private(set) var mode: ReadingMode?
    private(set) var format: PayloadFormat?

    /// Reads the parameters from left to right; the first problem is thrown.
    ///
    /// - Throws: 400 naming the parameter that is unknown, repeated, wrong or missing; 422 for a channel with NUL.
    init(_ fields: FormFields, channelCountMax: Int) throws(RequestFailure) {
        var channels = DistinctChannels(countMax: channelCountMax)
        for field in fields {
            if field.isNamed("channel") {
                try channels.insert(field.value)
            } else if field.isNamed("since") {
                try Self.set(&since, field, "") { String(decoding: $0, as: UTF8.self) }
            } else if field.isNamed("timeout") {
                try Self.set(&timeout, field, "give it seconds from 0 to 86400, decimals allowed") {
                    Duration(decimalSeconds: $0, secondsMax: 86_400)
                }
            } else if field.isNamed("limit") {
                try Self.set(&limit, field, "give it a whole number from 1 to 1000", Self.limit)
            } else if field.isNamed("mode") {
                try Self.set(&mode, field, "give it poll, stream or sse") {
                    ReadingMode(rawValue: String(decoding: $0, as: UTF8.self))
                }
            } else if field.isNamed("format") {
                try Self.set(&format, field, "give it text, raw or json") {
                    PayloadFormat(rawValue: String(decoding: $0, as: UTF8.self))
                }
            } else {
                throw .unknown(field, .query, known: "channel, since, timeout, limit, mode and format")
            }
        }
        guard !channels.isEmpty else {
            throw .channelMissing("name the channel to wait on, as in /wait?channel=foo")
        }
        self.channels = channels.map { $0 }
    }

    private static func set<Value>(
        _ value: inout Value?, _ field: FormField, _ advice: String, _ read: (ArraySlice<UInt8>) -> Value?
    ) throws(RequestFailure) {
        guard value == nil else { throw .repeated(field, .query) }
        guard let new = read(field.value) else { throw .invalid(field, advice) }
        value = new
    }

    private static func limit(_ digits: ArraySlice<UInt8>) -> Int? {
        // Int(_:) also takes a sign.
        guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let limit = Int(String(decoding: digits, as: UTF8.self)), 1...1_000 ~= limit
        else { return nil }
        return limit
    }
}
