import HTTPTypes

/// The paths this server knows, and the methods each takes.
enum Route: CaseIterable, Sendable {
    case wait
    case post
    case healthz
    case readyz
    case metrics
    case channels
    case home

    /// As it stands in a request.
    var path: StaticString {
        switch self {
        case .wait: "/wait"
        case .post: "/post"
        case .healthz: "/healthz"
        case .readyz: "/readyz"
        case .metrics: "/metrics"
        case .channels: "/channels"
        case .home: "/"
        }
    }

    /// - Parameters:
    ///   - method: compared with case, as methods are (RFC 9110 §9.1).
    ///   - allowsGetPost: the setting `allow_get_post`.
    /// - Throws: 404 for a path that is not known to the letter, 405 with `Allow` for a method that it does not take.
    init(method: String, _ target: borrowing RequestTarget, allowsGetPost: Bool = true) throws(RequestFailure) {
        let path = target.path
        if path.span.isText("*") {
            throw Self.notAllowed(method, "*", ["GET", "HEAD", "POST", "PUT"])
        }
        guard let route = Self.allCases.first(where: { path.span.isText($0.path) }) else {
            let known = Self.allCases.map { "\($0.path)" }.joined(separator: ", ")
            throw RequestFailure(.notFound, "there is nothing at \(EchoedText(path)): known paths are \(known)")
        }
        let methods = route.methods(allowsGetPost: allowsGetPost)
        guard methods.contains(method) else { throw Self.notAllowed(method, "\(route.path)", methods) }
        self = route
    }

    private func methods(allowsGetPost: Bool) -> [String] {
        switch self {
        case .post: allowsGetPost ? ["GET", "POST", "PUT"] : ["POST", "PUT"]
        default: ["GET", "HEAD"]
        }
    }

    private static func notAllowed(_ method: String, _ path: String, _ methods: [String]) -> RequestFailure {
        let allowed = methods.joined(separator: ", ")
        return RequestFailure(
            .methodNotAllowed, "the method \(EchoedText(method)) is not taken at \(path): use \(allowed)",
            headers: [.allow: allowed])
    }
}
