import HTTPTypes
import MicroHTTPD

/// Keeps the pages of other sites away from a server that the browser can reach and they cannot.
///
/// - `Sec-Fetch-Site: cross-site` is refused. `same-site` is not: it is also a link on a page of the same owner. Whether such
///   a page may do more is decided by its `Origin`, and a page on another port of localhost has a foreign one.
/// - An `Origin` is refused unless it is that of this server, as the client addressed it, or one of the allowed hosts. Its
///   scheme is not compared: TLS may end in a proxy before us.
/// - While the server listens on loopback only, a `Host` that is neither a loopback name nor allowed is refused: it is a
///   foreign name that was made to resolve to this machine (DNS rebinding).
struct ForeignSiteGuard: Sendable {
    /// Whether no other machine can reach the server.
    let listensOnLoopbackOnly: Bool
    /// The setting `allowed_hosts`; one without a port is allowed on all.
    let allowedHosts: [Authority]
    /// Loopback names with our port, as nearly every client writes them: compared, and not taken apart.
    private let plainHosts: [String]

    /// - Parameter port: of the server.
    init(listensOnLoopbackOnly: Bool, allowedHosts: [Authority], port: UInt16? = nil) {
        self.listensOnLoopbackOnly = listensOnLoopbackOnly
        self.allowedHosts = allowedHosts
        plainHosts = port.map { port in ["localhost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)"] } ?? []
    }

    /// - Throws: 400 for a `Host` that is missing, repeated or malformed, 403 for a foreign site.
    func check(_ request: Request, _ target: RequestTarget) throws(RequestFailure) {
        let text = try Self.host(of: request)
        if let text, !plainHosts.contains(text) {
            let host = try Self.authority(text)
            if listensOnLoopbackOnly { try checkIsOurs(host) }
        }
        if listensOnLoopbackOnly { try checkIsOurs(target.authority) }
        if request.values(of: .secFetchSite).contains(where: { $0.lowercased() == "cross-site" }) {
            throw RequestFailure(
                .forbidden, parameter: "Sec-Fetch-Site",
                "the request comes from a page of another site: open the address directly, or from a page of this server")
        }
        for origin in request.values(of: .origin) {
            if isAllowed(origin, at: target.authority ?? text.flatMap { Authority($0) }) { continue }
            throw RequestFailure(
                .forbidden, parameter: "Origin",
                "the Origin \(EchoedText(origin)) is foreign: use a page of this server, or add its host to allowed_hosts")
        }
    }

    private func checkIsOurs(_ host: Authority?) throws(RequestFailure) {
        guard let host, !host.isLoopback, !allowedHosts.contains(where: { host.matches($0, defaultPorts: [80, 443]) }) else {
            return
        }
        throw RequestFailure(
            .forbidden, parameter: "Host",
            "the Host \(EchoedText(host.host)) is no loopback name: use localhost, or add it to allowed_hosts")
    }

    private func isAllowed(_ text: String, at host: Authority?) -> Bool {
        guard let origin = Origin(text) else { return false }
        if let host, host.matches(origin.authority, defaultPorts: [origin.defaultPort]) { return true }
        return allowedHosts.contains { origin.authority.matches($0, defaultPorts: []) }
    }

    /// The one `Host` header (RFC 9112 §3.2). HTTP/1.0 may do without.
    private static func host(of request: Request) throws(RequestFailure) -> String? {
        guard let (value, count) = request.firstValue(of: .hostHeader) else {
            if request.version == "HTTP/1.0" { return nil }
            throw malformed("is missing")
        }
        guard count == 1 else { throw malformed("is given \(count) times") }
        return value
    }

    private static func authority(_ text: String) throws(RequestFailure) -> Authority {
        guard let host = Authority(text) else { throw malformed("\(EchoedText(text)) is malformed") }
        return host
    }

    private static func malformed(_ what: String) -> RequestFailure {
        // Two readers of such a request may disagree on whom it is for, so nothing that follows on its connection is read.
        RequestFailure(
            .badRequest, parameter: "Host", "the Host header \(what): give it once, as in 'Host: localhost:8080'",
            closesConnection: true)
    }
}
