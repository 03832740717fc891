import Glibc

/// A host with or without a port, as in a `Host` header, an `Origin`, or the setting `allowed_hosts` (RFC 3986 §3.2).
package struct Authority: Hashable, Sendable {
    /// The host in lower case without a trailing dot; an IPv6 address keeps its brackets.
    package let host: String
    /// The port, if one is named.
    package let port: UInt16?

    /// - Parameter bytes: `example.com`, `127.0.0.1:8080`, `[::1]:8080`; with user information, an empty host, a zone, or a
    ///   character no host may have it is none, and `nil`.
    package init?(_ bytes: some Collection<UInt8>) {
        let text = Array(bytes)[...]
        let end: Int
        if text.first == UInt8(ascii: "[") {
            guard let bracket = text.firstIndex(of: UInt8(ascii: "]")),
                Self.address(inBrackets: String(decoding: text[...bracket], as: UTF8.self)) != nil
            else { return nil }
            end = bracket + 1
        } else {
            end = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            guard Self.isRegisteredName(text[..<end]) else { return nil }
        }
        var host = String(decoding: text[..<end], as: UTF8.self)
        if text[..<end].contains(where: { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 }) { host = host.lowercased() }
        if text[..<end].last == UInt8(ascii: ".") { host.removeLast() }
        guard !host.isEmpty else { return nil }
        self.host = host
        switch Self.port(text[end...]) {
        case .malformed: return nil
        case .absent: port = nil
        case .given(let number): port = number
        }
    }

    /// The same host on another port.
    init(host: String, port: UInt16?) {
        self.host = host
        self.port = port
    }

    /// - Parameter text: as in a header.
    package init?(_ text: String) {
        self.init(text.utf8)
    }

    /// Whether the host is a name of this machine alone: `localhost`, a name below it, 127.0.0.0/8, or `[::1]`.
    package var isLoopback: Bool {
        if host == "localhost" { return true }
        if let address = Self.address(inBrackets: host) {
            let isMapped = address.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            return address.dropLast().allSatisfy { $0 == 0 } && address.last == 1 || isMapped && address[12] == 127
        }
        var address = in_addr()
        // Only four decimal numbers pass, and none of `127.evil.example`, `127.1` or `0177.0.0.1`.
        if host.withCString({ inet_pton(AF_INET, $0, &address) }) == 1 { return withUnsafeBytes(of: &address) { $0[0] == 127 } }
        return host.hasSuffix(".localhost") && !host.hasPrefix(".")
    }

    /// Whether this is the host, and on the port if that names one. An absent port is the scheme's.
    func matches(_ allowed: Authority, defaultPorts: [UInt16]) -> Bool {
        guard host == allowed.host else { return false }
        guard let allowedPort = allowed.port else { return true }
        return port.map { $0 == allowedPort } ?? defaultPorts.contains(allowedPort)
    }

    private enum Port {
        case absent
        case given(UInt16)
        case malformed
    }

    private static func port(_ suffix: ArraySlice<UInt8>) -> Port {
        guard let colon = suffix.first else { return .absent }
        let digits = suffix.dropFirst()
        guard colon == UInt8(ascii: ":"), digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            return .malformed
        }
        // RFC 3986 §3.2.3: a colon without a number is the same as no port.
        if digits.isEmpty { return .absent }
        var number: UInt16? = 0
        for digit in digits { number = number?.appending(decimalDigit: digit - UInt8(ascii: "0")) }
        return number.map(Port.given) ?? .malformed
    }

    /// A name of unreserved characters, sub-delimiters and percent-encodings (RFC 3986 §3.2.2).
    private static func isRegisteredName(_ name: ArraySlice<UInt8>) -> Bool {
        name.allSatisfy { PercentEncoding.isUnreserved($0) || "!$&'()*+,;=%".utf8.contains($0) }
            && (!name.contains(UInt8(ascii: "%")) || PercentEncoding.firstMalformed(in: name) == nil)
    }

    /// The 16 bytes of `[…]` with an IPv6 address in it.
    private static func address(inBrackets text: String) -> [UInt8]? {
        guard text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") else { return nil }
        var address = in6_addr()
        // The C string ends at a NUL, so `[::1\0…]` must not come this far.
        guard !text.utf8.contains(0), inet_pton(AF_INET6, String(text.dropFirst().dropLast()), &address) == 1 else {
            return nil
        }
        return withUnsafeBytes(of: &address) { Array($0) }
    }
}

extension UInt16 {
    /// The number with one more digit at its end; `nil` if it becomes too large.
    fileprivate func appending(decimalDigit digit: UInt8) -> UInt16? {
        let (tens, isTooLarge) = multipliedReportingOverflow(by: 10)
        let (sum, isTooLargeWithDigit) = tens.addingReportingOverflow(UInt16(digit))
        return isTooLarge || isTooLargeWithDigit ? nil : sum
    }
}
