import HTTPTypes
import MicroHTTPD
import Trunkline

/// The answers of a poll, each with the cursor after it.
struct PollAnswer {
    /// Fields of every answer of `/wait`: nobody on the way may keep, change or hold it back.
    static let fields: HTTPFields = [
        .cacheControl: "no-store, no-transform", .xAccelBuffering: "no", .xContentTypeOptions: "nosniff",
    ]

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
            headers.append(("Trunkline-Channel", TextFormat.headerValue(entries[0].notification.channel)))
        }
        var body: [UInt8] = []
        switch parameters.format {
        case .raw: body = TextFormat.raw(entries[0].notification.payload)
        case .text: for entry in entries { body += TextFormat.line(entry.notification.payload) }
        case .json: body = JSONObject.poll(cursor, gap: nil, entries)
        }
        return ok(headers, body)
    }

    /// A gap alone: 200 in JSON, 204 else.
    func gap(_ gap: Gap) -> Response {
        guard parameters.format == .json else { return empty(.noContent, headers(gap)) }
        return ok(headers(gap), JSONObject.poll(cursor, gap: gap, []))
    }

    /// The time is up: 304 if the cursor came as an `If-None-Match` and still holds, 204 else.
    ///
    /// - Parameter isComplete: whether it is known that nothing was missed since that cursor.
    func nothing(after gap: Gap? = nil, isComplete: Bool = false) -> Response {
        if case .ifNoneMatch(let tag) = parameters.start, gap == nil, isComplete, let brought = Cursor(tag) {
            return empty(.notModified, PollAnswer(parameters, brought).headers(nil))
        }
        return empty(.noContent, headers(gap))
    }

    /// 200 to a `HEAD`: the cursor and nothing else.
    func head() -> Response { ok(headers(nil), []) }

    /// What of an answer is not the same in all. No value holds anything but printable ASCII.
    private typealias Headers = [(name: StaticString, value: String)]

    private func headers(_ gap: Gap?) -> Headers {
        let cursor = cursor.description
        var headers: Headers = [("Trunkline-Cursor", cursor), ("ETag", "\"" + cursor + "\"")]
        if let gap { headers.append(("Trunkline-Gap", gap.reason.description)) }
        return headers
    }

    private func ok(_ headers: Headers, _ body: [UInt8]) -> Response {
        let contentType = parameters.format.contentTypeOfPoll
        return Response(status: .ok, headers: Self.fields, ownHeaders: headers + [("Content-Type", contentType)], body: body)
    }

    private func empty(_ status: HTTPResponse.Status, _ headers: Headers) -> Response {
        Response(status: status, headers: Self.fields, ownHeaders: headers)
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
    /// Tells nginx not to gather an answer before it is passed on.
    static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
