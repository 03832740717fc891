import HTTPTypes
import MicroHTTPD
import Trunkline

/// The answers of a poll, each with the cursor after it.
struct PollAnswer {
    /// Fields of every answer of `/wait`: nobody on the way may keep, change or hold it back.
    static let fields: HTTPFields = [
        .cacheControl: "no-store, no-transform", .xAccelBuffering: "no", .xContentTypeOptions: "nosniff",
    ]

    /// What an answer has beside these: cursor, tag, gap, channel, type.
    private static let fieldCountMax = fields.count + 5

    private let parameters: WaitParameters
    private let cursor: Cursor

    init(_ parameters: WaitParameters, _ cursor: Cursor) {
        self.parameters = parameters
        self.cursor = cursor
    }

    /// 200 with at least one notification.
    ///
    /// - Parameter gap: what a poll without a cursor was held over.
    func notifications(_ entries: [Entry], after gap: Gap?) -> Response {
        var headers = headers(gap)
        if entries.count == 1 {
            let channel = TextFormat.headerValue(entries[0].notification.channel)
            headers.append(HTTPField(name: .trunklineChannel, value: channel))
        }
        headers.append(HTTPField(name: .contentType, value: parameters.format.contentTypeOfPoll))
        var body: [UInt8] = []
        switch parameters.format {
        case .raw: body = TextFormat.raw(entries[0].notification.payload)
        case .text: for entry in entries { body += TextFormat.line(entry.notification.payload) }
        case .json: body = JSONObject.poll(cursor, gap: nil, entries)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// A gap alone: 200 in JSON, 204 else.
    func gap(_ gap: Gap) -> Response {
        var headers = headers(gap)
        guard parameters.format == .json else { return Response(status: .noContent, headers: headers) }
        headers[.contentType] = parameters.format.contentTypeOfPoll
        return Response(status: .ok, headers: headers, body: JSONObject.poll(cursor, gap: gap, []))
    }

    /// The time is up: 304 if the cursor came as an `If-None-Match` and still holds, 204 else.
    ///
    /// - Parameter isComplete: whether it is known that nothing was missed since that cursor.
    func nothing(after gap: Gap? = nil, isComplete: Bool = false) -> Response {
        if case .ifNoneMatch(let tag) = parameters.start, gap == nil, isComplete, let brought = Cursor(tag) {
            return Response(status: .notModified, headers: PollAnswer(parameters, brought).headers(nil))
        }
        return Response(status: .noContent, headers: headers(gap))
    }

    /// 200 to a `HEAD`: the cursor and nothing else.
    func head() -> Response {
        var headers = headers(nil)
        headers[.contentType] = parameters.format.contentTypeOfPoll
        return Response(status: .ok, headers: headers)
    }

    private func headers(_ gap: Gap?) -> HTTPFields {
        let cursor = cursor.description
        var headers = Self.fields
        headers.reserveCapacity(Self.fieldCountMax)
        headers.append(HTTPField(name: .trunklineCursor, value: cursor))
        headers.append(HTTPField(name: .eTag, value: "\"" + cursor + "\""))
        if let gap { headers.append(HTTPField(name: .trunklineGap, value: gap.reason.description)) }
        return headers
    }
}

extension Entry {
    /// The notification of an entry that a look has handed out: gaps are told by themselves.
    var notification: Notification {
        guard case .notification(let notification) = content else { preconditionFailure("a gap is told by itself") }
        return notification
    }
}

extension PayloadFormat {
    var contentTypeOfPoll: String {
        switch self {
        case .text: "text/plain; charset=utf-8"
        case .raw: "application/octet-stream"
        case .json: "application/json"
        }
    }
}

extension HTTPField.Name {
    /// The channel of the one notification in an answer, percent-encoded.
    static let trunklineChannel = HTTPField.Name("Trunkline-Channel")!
    /// The place after the answer: passed back as `since`, nothing is missed.
    static let trunklineCursor = HTTPField.Name("Trunkline-Cursor")!
    /// Why notifications may be missing before this answer.
    static let trunklineGap = HTTPField.Name("Trunkline-Gap")!
    /// Tells nginx not to gather an answer before it is passed on.
    static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
