/// The origin of a page that sends a request (RFC 6454 §7): `http://localhost:8080`.
struct Origin: Equatable, Sendable {
    /// Host and port; the port is always named.
    let authority: Authority
    /// The port of the scheme: 80 or 443.
    let defaultPort: UInt16

    /// - Parameter text: the value of an `Origin` header; `null`, a list and the schemes of extensions and files are none.
    init?(_ text: String) {
        let schemes: [(prefix: String, port: UInt16)] = [("http://", 80), ("https://", 443)]
        let lowercased = text.lowercased()
        guard let scheme = schemes.first(where: { lowercased.hasPrefix($0.prefix) }),
            let authority = Authority(lowercased.utf8.dropFirst(scheme.prefix.utf8.count))
        else { return nil }
        self.authority = Authority(host: authority.host, port: authority.port ?? scheme.port)
        defaultPort = scheme.port
    }
}
