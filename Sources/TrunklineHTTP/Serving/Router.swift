import HTTPTypes
import MicroHTTPD
import Trunkline

/// From a request to its responder: taken apart, checked for whom it comes from, and sent its way.
final class Router: Sendable {
    private let hub: Hub
    private let server: ServerState
    private let configuration: ServerConfiguration
    private let guardian: ForeignSiteGuard
    private let postLimits: PostLimits
    private let metrics: MetricsPage

    init(
        hub: Hub, server: ServerState, configuration: ServerConfiguration, guardian: ForeignSiteGuard, metrics: MetricsPage
    ) {
        self.hub = hub
        self.server = server
        self.configuration = configuration
        self.guardian = guardian
        self.metrics = metrics
        postLimits = PostLimits(
            bodyBytesMax: configuration.bodyBytesMax, channelCountMax: configuration.channelsPerRequestMax)
    }

    /// A post whose head is good, until its body is there.
    private final class JudgedPost: Sendable {
        let head: PostHead

        init(_ head: PostHead) { self.head = head }
    }

    /// Judges a request with a body by its head, so that a body nobody wants need not be read.
    func judge(head request: Request) -> Response? {
        guard request.hasBody else { return nil }
        do throws(RequestFailure) {
            let (route, target) = try route(request)
            guard route == .post else { return nil }
            request.judgement = JudgedPost(try PostHead(request, target, limits: postLimits))
            return nil
        } catch {
            var failure = error
            failure.closesConnection = true
            return failure.response(to: request, Self.fields(of: request))
        }
    }

    /// The responder of a complete request.
    func respond(to exchange: Exchange) -> any Responder {
        let request = exchange.request
        do throws(RequestFailure) {
            if request.hasBody, let post = request.judgement as? JudgedPost {
                return posting(try PostParameters(post.head, body: request.body, limits: postLimits), exchange)
            }
            let (route, target) = try route(request)
            switch route {
            case .wait: return waiting(request, target)
            case .post: return posting(try PostParameters(request, target, limits: postLimits), exchange)
            case .healthz: return Answered(Self.text("ok\n"))
            case .readyz: return Readiness(hub: hub, server: server, ready: Self.text("ready\n"))
            case .channels: return Answered(ChannelsAnswer.response(hub.channels))
            case .metrics: return Answered(metrics.response())
            case .home: return Answered(Self.text(HelpText.text(host: host(of: request, target))))
            }
        } catch {
            return Answered(error.response(to: request, Self.fields(of: request)))
        }
    }

    /// The answer to what was refused before it came here.
    func refuse(_ request: Request, _ refusal: Refusal) -> Response {
        RequestFailure(
            refusal, headBytesMax: configuration.headBytesMax, bodyBytesMax: configuration.bodyBytesMax
        ).response(to: request, Self.fields(of: request))
    }

    /// What every answer of a path carries, also one to a request that is refused before it is taken apart.
    private static func fields(of request: Request) -> HTTPFields {
        let path = request.target.prefix { $0 != UInt8(ascii: "?") }
        return path.span.isText(Route.wait.path) ? PollAnswer.fields : [.cacheControl: "no-store"]
    }

    private func route(_ request: Request) throws(RequestFailure) -> (Route, RequestTarget) {
        let target = try RequestTarget(request.target, method: request.method)
        try guardian.check(request, target)
        return (try Route(method: request.method, target, allowsGetPost: configuration.allowsGetPost), target)
    }

    private func posting(_ parameters: PostParameters, _ exchange: Exchange) -> any Responder {
        Posting(parameters, exchange, hub: hub, server: server)
    }

    private func waiting(_ request: Request, _ target: RequestTarget) -> any Responder {
        do throws(RequestFailure) {
            let parameters = try WaitParameters(request, target, channelCountMax: configuration.channelsPerRequestMax)
            if let since = parameters.since, Cursor(since) == nil { throw WaitParameters.sinceUnreadable(since) }
            if request.method == "HEAD" { return CursorAsking(parameters, hub: hub, server: server) }
            switch parameters.mode {
            case .poll: return Polling(parameters, hub: hub, server: server)
            case .stream, .sse:
                return Streaming(parameters, heartbeat: configuration.heartbeat, hub: hub, server: server)
            }
        } catch {
            return Answered(error.response(to: request, PollAnswer.fields))
        }
    }

    private func host(of request: Request, _ target: RequestTarget) -> Authority? {
        target.authority ?? request.firstValue(of: .hostHeader).flatMap { Authority($0.value) }
    }

    private static func text(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            ], body: Array(text.utf8))
    }
}
