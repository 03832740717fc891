/// A request target taken apart, strictly (RFC 9112 §3.2): what path is asked for, with which parameters.
struct RequestTarget: Sendable {
    /// The decoded path: it begins with `/`, or is `*` for a request about the server as a whole.
    let path: ArraySlice<UInt8>
    /// The parameters of the query in their order.
    let parameters: FormFields
    /// The host of an absolute-form target, which counts instead of the `Host` header; `nil` in origin-form.
    let authority: Authority?

    /// - Parameters:
    ///   - bytes: the target as it came over the wire: `/wait?channel=foo`, `http://host/wait?channel=foo`, or `*`.
    ///   - method: only `OPTIONS` may ask for `*`.
    /// - Throws: 400 for anything else, and for malformed percent-encoding.
    init(_ bytes: [UInt8], method: String) throws(RequestFailure) {
        guard bytes.first != UInt8(ascii: "/") else {
            try self.init(bytes, originFrom: 0, authority: nil)
            return
        }
        if bytes == [UInt8(ascii: "*")], method == "OPTIONS" {
            self.init(path: bytes[...], parameters: FormFields(), authority: nil)
            return
        }
        guard let scheme = Self.schemes.first(where: { bytes.prefix($0.count).elementsEqual($0, by: Self.isSameLetter) }) else {
            throw Self.failure(bytes[...], "ask for a path such as /wait or /post")
        }
        let hierarchy = bytes.dropFirst(scheme.count)
        let host = hierarchy.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        guard let authority = Authority(host) else {
            throw Self.failure(host, "name a host, or ask for a path such as /wait or /post")
        }
        let origin = hierarchy[host.endIndex...]
        guard origin.first != UInt8(ascii: "/") else {
            try self.init(bytes, originFrom: origin.startIndex, authority: authority)
            return
        }
        // RFC 9110 §4.2.3: an empty path is the same as "/".
        try self.init([UInt8(ascii: "/")] + origin, originFrom: 0, authority: authority)
    }

    private init(_ bytes: [UInt8], originFrom start: Int, authority: Authority?) throws(RequestFailure) {
        let pathEnd = bytes.span.index(of: UInt8(ascii: "?"), in: start..<bytes.count)
        guard let path = PercentEncoding.decoded(bytes[start..<pathEnd], plusIsSpace: false) else {
            throw Self.failure(bytes[start..<pathEnd], "write % and two hexadecimal digits, and the percent sign itself as %25")
        }
        let parameters = try FormFields(bytes, in: min(pathEnd + 1, bytes.count)..<bytes.count, .query)
        self.init(path: path, parameters: parameters, authority: authority)
    }

    private init(path: ArraySlice<UInt8>, parameters: FormFields, authority: Authority?) {
        self.path = path
        self.parameters = parameters
        self.authority = authority
    }

    private static func failure(_ bytes: ArraySlice<UInt8>, _ advice: String) -> RequestFailure {
        RequestFailure(.badRequest, "the request target \(EchoedText(bytes)) is malformed: \(advice)")
    }

    /// ASCII letters are the same in either case; nothing else in a scheme differs by this bit from what it is compared with.
    private static func isSameLetter(_ left: UInt8, _ right: UInt8) -> Bool {
        left == right || (UInt8(ascii: "a")...UInt8(ascii: "z") ~= right && left | 0x20 == right)
    }

    private static let schemes = [Array("http://".utf8), Array("https://".utf8)]
}
