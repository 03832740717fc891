import HTTPTypes
import MicroHTTPD
import Trunkline

/// The answers of a poll, each with the cursor after it.
struct PollAnswer {
    /// Fields of every answer of `/wait`: nobody on the way may keep, change or hold it back.
    static let fields = HTTPFields(
        commonHeaders.map { header in
            guard let name = HTTPField.Name("\(header.name)") else { preconditionFailure("\(header.name) is no field's name") }
            return HTTPField(name: name, value: header.value)
        })

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
            headers.append(.init("Trunkline-Channel", TextFormat.headerValue(entries[0].notification.channel)))
        }
        return ok(headers, body(entries))
    }

    private func body(_ entries: [Entry]) -> [UInt8] {
        switch parameters.format {
        case .raw: return TextFormat.raw(entries[0].notification.payload)
        case .json: return JSONObject.poll(cursor, gap: nil, entries)
        case .text:
            var lines: [UInt8] = []
            for entry in entries { TextFormat.append(lineOf: entry.notification.payload, to: &lines) }
            return lines
        }
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

    /// No value holds anything but printable ASCII.
    private typealias Headers = [Response.OwnHeader]

    private static let commonHeaders: Headers = [
        .init("Cache-Control", "no-store, no-transform"), .init("X-Accel-Buffering", "no"),
        .init("X-Content-Type-Options", "nosniff"),
    ]

    private func headers(_ gap: Gap?) -> Headers {
        var tag: [UInt8] = []
        tag.reserveCapacity(Cursor.byteCountMax + 2)
        tag.append(UInt8(ascii: "\""))
        cursor.append(to: &tag)
        tag.append(UInt8(ascii: "\""))
        var headers: Headers = []
        // Two more may follow.
        headers.reserveCapacity(Self.commonHeaders.count + 5)
        headers += Self.commonHeaders
        headers.append(.init("Trunkline-Cursor", String(decoding: tag.dropFirst().dropLast(), as: UTF8.self)))
        headers.append(.init("ETag", String(decoding: tag, as: UTF8.self)))
        if let gap { headers.append(.init("Trunkline-Gap", gap.reason.description)) }
        return headers
    }

    private func ok(_ headers: consuming Headers, _ body: [UInt8]) -> Response {
        headers.append(.init("Content-Type", parameters.format.contentTypeOfPoll))
        return Response(status: .ok, ownHeaders: headers, body: body)
    }

    private func empty(_ status: HTTPResponse.Status, _ headers: Headers) -> Response {
        Response(status: status, ownHeaders: headers)
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
