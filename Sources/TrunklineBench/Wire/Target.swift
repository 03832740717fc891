/// The server that the load is put on, from its URL.
package struct Target: Sendable {
    /// As the field `Host` has it.
    package let authority: String
    package let host: String
    package let port: UInt16

    /// - Parameter url: `http://host:port`; the port may be missing, a path may not be there.
    /// - Throws: `BenchError.unusable` with a sentence of what is wrong with it.
    package init(url: String) throws(BenchError) {
        guard let separator = url.firstRange(of: "://") else {
            throw .unusable("\(url) is no URL: give http://host:port")
        }
        guard url[..<separator.lowerBound].lowercased() == "http" else {
            throw .unusable("\(url): only http is spoken here; put the load on the port behind the TLS")
        }
        var authority = url[separator.upperBound...]
        if authority.hasSuffix("/") { authority.removeLast() }
        let bracket = authority.firstIndex(of: "]")
        let colon = authority[(bracket ?? authority.startIndex)...].lastIndex(of: ":")
        let port = colon.map { UInt16(authority[authority.index(after: $0)...]) } ?? 80
        let host = authority[..<(colon ?? authority.endIndex)]
        guard let port, port > 0, !host.isEmpty, !authority.contains(where: { "/?#@ ".contains($0) }) else {
            throw .unusable("\(url): give http://host:port and nothing behind it")
        }
        self.authority = String(authority)
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
        self.port = port
    }
}
