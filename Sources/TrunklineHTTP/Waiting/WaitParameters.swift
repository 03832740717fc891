import HTTPTypes
import MicroHTTPD
import Trunkline

/// What a request to `/wait` asks for, with all defaults filled in and all contradictions refused.
struct WaitParameters: Equatable, Sendable {
    /// The channels to wait on, distinct, in the order in which they were named.
    let channels: [ChannelName]
    /// From where to go on.
    let start: StartingPoint
    /// The parameter `since` as given, if it is neither empty nor `now`: one that is no cursor is a 400 even where a header
    /// wins over it.
    let since: String?
    /// How long a poll is held or a stream goes on, 0–86,400 s; `nil` without end.
    let timeout: Duration?
    /// The most notifications: 1–1,000; a poll always has one, `nil` is a stream without end.
    let limit: Int?
    /// How the answer is delivered.
    let mode: ReadingMode
    /// How a notification is written.
    let format: PayloadFormat

    /// - Parameters:
    ///   - channelCountMax: how many distinct channels a request may name.
    /// - Throws: the first problem: from left to right in the query, then a missing channel, then what does not go together.
    init(_ request: Request, _ target: borrowing RequestTarget, channelCountMax: Int = 100) throws(RequestFailure) {
        let query = try WaitQuery(target.parameters, channelCountMax: channelCountMax)
        let accept = AcceptHeader(request)
        let mode = query.mode ?? accept.mode
        let limit = query.limit ?? (mode == .poll ? 1 : nil)
        var format = query.format ?? accept.format ?? .text
        if format == .raw { try Self.checkRaw(mode, limit: limit) }
        // A HEAD gives a cursor and no notification, so there is nothing to tell apart.
        if query.channels.count > 1, format == .text, request.method != "HEAD" {
            format = try Self.formatOfSeveral(mode, limit: limit, isExplicit: query.format != nil)
        }
        channels = query.channels
        start = StartingPoint(request, since: query.since)
        since = query.since.flatMap { $0.isEmpty || $0 == "now" ? nil : $0 }
        timeout = query.timeout
        self.limit = limit
        self.mode = mode
        self.format = format
    }

    /// The 400 for a `since` that is no cursor.
    static func sinceUnreadable(_ since: String) -> RequestFailure {
        RequestFailure(
            .badRequest, parameter: "since",
            "the parameter 'since' cannot be \(EchoedText(since)): give it the Trunkline-Cursor of an earlier answer, or now")
    }

    private static func checkRaw(_ mode: ReadingMode, limit: Int?) throws(RequestFailure) {
        guard mode == .poll else {
            throw RequestFailure(
                .badRequest, parameter: "format",
                "the parameter 'format' cannot be 'raw' with mode \(mode.rawValue): nothing would part one payload from the "
                    + "next, so use format=json, or mode=poll")
        }
        guard limit == 1 else {
            throw RequestFailure(
                .badRequest, parameter: "limit",
                "the parameter 'limit' can only be 1 with format raw: nothing would part one payload from the next, so "
                    + "leave it out, or use format=json")
        }
    }

    /// Text with several channels: server-sent events say which by turning to JSON, a single answer by its header.
    private static func formatOfSeveral(
        _ mode: ReadingMode, limit: Int?, isExplicit: Bool
    ) throws(RequestFailure) -> PayloadFormat {
        if mode == .sse {
            guard !isExplicit else {
                throw RequestFailure(
                    .badRequest, parameter: "format",
                    "the parameter 'format' cannot be 'text' with several channels and mode sse: nobody could tell them apart, "
                        + "so leave it out, or use format=json")
            }
            return .json
        }
        guard limit == 1 else {
            throw RequestFailure(
                .badRequest, parameter: "channel",
                "the parameter 'channel' names several channels, and in text nobody could tell them apart: add limit=1, "
                    + "format=json or mode=sse")
        }
        return .text
    }
}
