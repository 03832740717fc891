/// Gathers the head of a request and judges it by RFC 9112, more strictly than libmicrohttpd does.
///
/// Wherever two readers could disagree about where a request ends, it is refused: no second request may ever be executed out of
/// what its sender, or a proxy before us, took for part of the first.
struct RequestHead {
    /// How long the body is.
    enum Framing: Equatable {
        case none
        case length(UInt64)
        case chunked
    }

    private(set) var fields = HeaderFields()
    private(set) var fault: String?
    private var hostCount = 0
    private var contentLengthCount = 0
    private var contentLength: UInt64 = 0
    private var transferEncodingCount = 0
    private var cookieCount = 0
    private var cookieByteCount = 0

    /// What libmicrohttpd takes for the place of a field, or of a cookie.
    private static let recordByteCount = 64

    /// Makes room for so many fields, in a head of so many bytes.
    mutating func reserve(fieldCount: Int32, headByteCount: Int) {
        fields.reserve(fieldCount: Int(fieldCount), byteCount: headByteCount)
    }

    /// Adds a field as it stands in the request, the value with the white space behind it.
    mutating func addField(name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        if !ByteRules.isToken(name) { refuse("a header field name is not a token (RFC 9110 §5.1)") }
        if value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
            refuse("a header field value holds NUL, CR or LF (RFC 9110 §5.5)")
        }
        switch name.count {
        case 4 where ByteRules.isEqual(name, "host"): hostCount += 1
        case 6 where ByteRules.isEqual(name, "cookie"):
            // libmicrohttpd takes both for an end, outside quotes.
            cookieCount += value.count { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") } + 1
            cookieByteCount += value.count
        case 14 where ByteRules.isEqual(name, "content-length"):
            contentLengthCount += 1
            // libmicrohttpd refuses what is no number, and would take the first of two.
            contentLength = UInt64(String(decoding: value, as: UTF8.self)) ?? 0
            if value.isEmpty || !value.allSatisfy(ByteRules.isDigit) { refuse("the Content-Length is not a number") }
        case 17 where ByteRules.isEqual(name, "transfer-encoding"):
            transferEncodingCount += 1
            // With white space behind it libmicrohttpd would not recognise it, and read until the client closes.
            if !ByteRules.isEqual(value, "chunked") { refuse("the only Transfer-Encoding taken is chunked") }
        default: break
        }
        fields.append(name: name, value: ByteRules.trimmingEnd(of: value))
    }

    /// Judges what can be judged only when all fields are there.
    mutating func finish(method: String, target: [UInt8], version: String) {
        if !ByteRules.isToken(method.utf8.span) {
            refuse("the method is not a token (RFC 9110 §9.1)")
        }
        if target.isEmpty || !ByteRules.isVisible(target.span) {
            refuse("the request target holds a byte that must be percent-encoded")
        }
        let isOld = version == "HTTP/1.0"
        if hostCount > 1 || (hostCount == 0 && !isOld) { refuse("a request has exactly one Host field (RFC 9112 §3.2)") }
        if contentLengthCount > 1 { refuse("there is more than one Content-Length") }
        if transferEncodingCount > 1 { refuse("there is more than one Transfer-Encoding") }
        if transferEncodingCount > 0, contentLengthCount > 0 {
            refuse("Content-Length and Transfer-Encoding exclude each other (RFC 9112 §6.1)")
        }
        if transferEncodingCount > 0, isOld { refuse("HTTP/1.0 has no Transfer-Encoding (RFC 9112 §6.1)") }
    }

    /// What libmicrohttpd keeps of a head of so many bytes in the connection's memory: a copy of the cookies, too.
    func keptByteCount(headByteCount: Int) -> Int {
        headByteCount + cookieByteCount + (fields.count + cookieCount) * Self.recordByteCount
    }

    /// Refuses the head; the first reason stands.
    mutating func refuse(_ sentence: String) {
        if fault == nil { fault = sentence }
    }

    /// Holds for a head without a fault.
    var framing: Framing {
        if transferEncodingCount > 0 { return .chunked }
        return contentLength > 0 ? .length(contentLength) : .none
    }
}
