import MicroHTTPD
import Trunkline

/// What a request to `/post` asks for: what is to be posted in one transaction, in order, no two the same.
struct PostParameters: Equatable, Sendable {
    /// At least one.
    let notifications: [Post.Item]

    /// How many notifications the post makes: the number in the answer.
    var posted: Int { notifications.count }

    /// - Parameter request: with its whole body.
    /// - Throws: the first problem: from left to right in the query, then the type and size of the body, then in its content.
    init(_ request: Request, _ target: borrowing RequestTarget, limits: PostLimits = PostLimits()) throws(RequestFailure) {
        try self.init(PostHead(request, target, limits: limits), body: request.body, limits: limits)
    }

    /// - Parameters:
    ///   - head: of the request, judged before.
    ///   - body: the whole of it.
    /// - Throws: what is wrong with the body.
    init(_ head: PostHead, body: [UInt8], limits: PostLimits) throws(RequestFailure) {
        notifications = try head.notifications(body: body, limits: limits)
    }
}
