import HTTPTypes
import MicroHTTPD
import Trunkline

/// The answers of a poll.
enum WaitAnswer {
    /// Fields of every answer of `/wait`: nobody on the way may keep, change or hold it back.
    static let fields: HTTPFields = [
        .cacheControl: "no-store, no-transform", .xAccelBuffering: "no", .xContentTypeOptions: "nosniff",
    ]

    /// 200 with the payloads.
    ///
    /// - Parameter gap: what the poll was held over.
    static func notifications(_ entries: [Entry], _ parameters: WaitParameters, _ gap: Gap?) -> Response {
        var headers = fields
        headers[.trunklineGap] = gap?.reason.description
        var body: [UInt8] = []
        for entry in entries {
            guard case .notification(let notification) = entry.content else {
                preconditionFailure("a gap is told by itself")
            }
            if parameters.format == .raw {
                body += TextFormat.raw(notification.payload)
            } else {
                body += TextFormat.line(notification.payload)
            }
            headers[.trunklineChannel] = entries.count == 1 ? TextFormat.headerValue(notification.channel) : nil
        }
        headers[.contentType] = parameters.format == .raw ? "application/octet-stream" : "text/plain; charset=utf-8"
        return Response(status: .ok, headers: headers, body: body)
    }

    /// 204: the time is up.
    static func nothing(_ gap: Gap?) -> Response {
        var headers = fields
        headers[.trunklineGap] = gap?.reason.description
        return Response(status: .noContent, headers: headers)
    }
}

extension HTTPField.Name {
    /// The channel of the one notification in an answer, percent-encoded.
    static let trunklineChannel = HTTPField.Name("Trunkline-Channel")!
    /// Why notifications may be missing before this answer.
    static let trunklineGap = HTTPField.Name("Trunkline-Gap")!
    /// Tells nginx not to gather an answer before it is passed on.
    static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
}
