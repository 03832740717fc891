/// What went wrong, in a code to decide by and words to read.
public struct TrunklineError: Error, Sendable, Equatable {
    /// The kinds of failure. More may come, so this is no enum.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The name of the code, as written here.
        public let description: String

        /// The channel name is empty or has more than 63 bytes.
        public static let channelInvalid = Code(description: "channelInvalid")
        /// The payload has more than 7,999 bytes.
        public static let payloadTooLarge = Code(description: "payloadTooLarge")
        /// A name or payload holds NUL or a character that the encoding of the database lacks.
        public static let notRepresentable = Code(description: "notRepresentable")
        /// Two notifications of one post are the same: PostgreSQL would deliver only one of them.
        public static let duplicate = Code(description: "duplicate")
        /// PostgreSQL refused to listen to the channel; its words are in the message.
        public static let listenRefused = Code(description: "listenRefused")
        /// A limit of this process is reached.
        public static let overLimit = Code(description: "overLimit")
        /// The post was certainly not committed: PostgreSQL cannot be reached, is busy, or refused it.
        public static let notPosted = Code(description: "notPosted")
        /// The post was sent, and whether it committed is unknown.
        public static let outcomeUnknown = Code(description: "outcomeUnknown")
        /// The database named cannot be used; nothing but another configuration helps.
        public static let configuration = Code(description: "configuration")
        /// Notifications may be missing here, in a sequence that has no other way to tell.
        public static let missed = Code(description: "missed")
        /// The hub is stopping, or was stopped.
        public static let stopping = Code(description: "stopping")
        /// The waiting task was cancelled.
        public static let cancelled = Code(description: "cancelled")
    }

    /// What to decide by.
    public let code: Code
    /// One sentence: what was wrong, and what to do.
    public let message: String
    /// The channel it is about, if it is about one.
    public var channel: ChannelName?
    /// PostgreSQL's SQLSTATE, if it said one.
    public var sqlState: String?

    init(_ code: Code, _ message: String, channel: ChannelName? = nil, sqlState: String? = nil) {
        self.code = code
        self.message = message
        self.channel = channel
        self.sqlState = sqlState
    }
}

extension TrunklineError: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
