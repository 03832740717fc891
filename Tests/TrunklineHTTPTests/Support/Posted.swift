import MicroHTTPD
import Testing

@testable import TrunklineHTTP

/// What a request posts, written `channel=payload`.
func posted(_ request: Request, limits: PostLimits = PostLimits()) throws(RequestFailure) -> [String] {
    try PostParameters(request, request.parsedTarget(), limits: limits).notifications
        .map { "\($0.channel)=\($0.payload)" }
}

/// What a request is refused with, once its body is there.
func postRefusal(_ request: Request, limits: PostLimits = PostLimits()) throws -> RequestFailure {
    try #require(refusal { () throws(RequestFailure) in try posted(request, limits: limits) }, "it is to be refused")
}

extension PostParameters {
    /// What the head of a request is refused with before its body is read; the connection ends with the answer if one was to
    /// come.
    static func refusal(
        beforeBody request: Request, _ target: RequestTarget, limits: PostLimits = PostLimits()
    ) -> RequestFailure? {
        var failure = TrunklineHTTPTests.refusal { () throws(RequestFailure) in
            try PostHead(request, target, limits: limits)
        }
        if request.hasBody { failure?.closesConnection = true }
        return failure
    }
}
