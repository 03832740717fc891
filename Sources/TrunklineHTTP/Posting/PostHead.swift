import HTTPTypes
import MicroHTTPD
import Trunkline

/// What the head of a request to `/post` says: where the channels and the payload are to be found.
struct PostHead: Sendable {
    private enum Source {
        /// The query has both.
        case query(DistinctChannels, Payload)
        /// The query has the channels, the body is the payload.
        case body(DistinctChannels)
        /// The body is a form with both.
        case form
        /// The body is a batch, a JSON object a line.
        case batch
    }

    private let source: Source

    /// - Throws: 400 for the query, 415 for the type of the body, 413 for its length, in this order.
    init(_ request: Request, _ target: borrowing RequestTarget, limits: PostLimits) throws(RequestFailure) {
        let fields = try PostFields(target.parameters, .query, channelCountMax: limits.channelCountMax)
        let body = PostBody(request)
        try body.checkReadable()
        if fields.payload != nil, fields.channels.isEmpty {
            throw .channelMissing("beside payload the query names a channel, as in /post?channel=foo&payload=bar")
        }
        if let payload = fields.payload {
            source = .query(fields.channels, payload)
            if let length = body.length, length > 0 { throw Self.bodyBesidePayload }
        } else if !fields.channels.isEmpty {
            source = .body(fields.channels)
            try body.checkLength(max: min(limits.bodyBytesMax, PostLimits.payloadBytesMax), parameter: "payload")
        } else {
            source = try body.isBatch() ? .batch : .form
        }
        try body.checkLength(max: limits.bodyBytesMax, parameter: nil)
    }

    /// Puts head and body together.
    ///
    /// - Parameter body: the whole of it.
    /// - Throws: what is wrong with the body: 400, 413 or 422.
    func notifications(body: [UInt8], limits: PostLimits) throws(RequestFailure) -> [Post.Item] {
        guard body.count <= limits.bodyBytesMax else { throw PostBody.tooLarge(max: limits.bodyBytesMax, parameter: nil) }
        switch source {
        case .query(let channels, let payload):
            guard body.isEmpty else { throw Self.bodyBesidePayload }
            return Self.fanOut(payload, to: channels)
        case .body(let channels):
            return Self.fanOut(try PostFields.payload(body[...]), to: channels)
        case .form:
            let form = try FormFields(body, in: body.indices, .form)
            let fields = try PostFields(form, .form, channelCountMax: limits.channelCountMax)
            guard !fields.channels.isEmpty else {
                throw .channelMissing("name it in the query, as in /post?channel=foo, or as a field of the form")
            }
            return Self.fanOut(fields.payload ?? "", to: fields.channels)
        case .batch:
            return try Batch.notifications(in: body)
        }
    }

    private static func fanOut(_ payload: Payload, to channels: DistinctChannels) -> [Post.Item] {
        channels.map { Post.Item(channel: $0, payload: payload) }
    }

    private static let bodyBesidePayload = RequestFailure(
        .badRequest, parameter: "payload",
        "the parameter 'payload' is in the query and there is a body as well: give the payload in one of them")
}
