/// A host and a port, as written in a setting.
struct ListenAddress: Equatable {
    let host: String
    let port: UInt16

    /// Takes `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
    ///
    /// - Throws: `ListenError`.
    init(_ text: String) throws(ListenError) {
        guard let colon = text.lastIndex(of: ":") else {
            throw ListenError("\"\(text)\" has no port: write host:port, for example 127.0.0.1:8080")
        }
        guard let port = UInt16(text[text.index(after: colon)...]) else {
            throw ListenError("\"\(text)\" has no valid port: it is a number from 0 to 65535")
        }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard isBracketed || !host.contains(":") else {
            throw ListenError("\"\(text)\": write an IPv6 address in brackets, for example [::1]:8080")
        }
        guard !host.isEmpty else {
            throw ListenError("\"\(text)\" has no host: 0.0.0.0 and [::] stand for all addresses")
        }
        self.host = String(host)
        self.port = port
    }
}
