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
    init(_ request: Request, _ target: RequestTarget, limits: PostLimits = PostLimits()) throws(RequestFailure) {
        let head = try PostHead(request, target, limits: limits)
        notifications = try head.notifications(body: request.body, limits: limits)
    }

    /// Decides from the head of a request alone, so that a body nobody will look at need not be read.
    ///
    /// - Parameter request: its body is not looked at.
    /// - Returns: what is thrown once the body is there, if the head is enough to know it. The connection then ends with the
    ///   answer if a body was to come.
    static func refusal(
        beforeBody request: Request, _ target: RequestTarget, limits: PostLimits = PostLimits()
    ) -> RequestFailure? {
        do {
            _ = try PostHead(request, target, limits: limits)
            return nil
        } catch {
            var failure = error
            failure.closesConnection = failure.closesConnection || request.hasBody
            return failure
        }
    }
}
