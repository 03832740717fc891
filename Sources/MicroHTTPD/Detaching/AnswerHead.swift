import HTTPTypes

/// The head of an answer that is written without libmicrohttpd, with the fields in the order in which that writes them.
struct AnswerHead {
    /// How the client knows where the body ends.
    enum Framing {
        /// There is none, and none may be announced: 204 and 304 (RFC 9110 §8.6).
        case none
        case length(Int)
        case chunked
    }

    private(set) var bytes: [UInt8] = []

    /// - Parameters:
    ///   - isLast: whether the connection ends with this answer.
    ///   - own: further fields. Those that are empty are left out, and so is `Connection`, which is said by `isLast`.
    init(
        _ status: HTTPResponse.Status, date: String, isLast: Bool, _ headers: HTTPFields,
        own: [Response.OwnHeader] = [], framing: Framing
    ) {
        bytes.reserveCapacity(512)
        add("HTTP/1.1 ")
        add("\(status.code) ")
        add(status.reasonPhrase)
        add("\r\nDate: ")
        add(date)
        add(isLast ? "\r\nConnection: close\r\n" : "\r\n")
        for field in headers where !field.value.isEmpty && field.name != .connection {
            add(field.name.rawName)
            add(": ")
            add(field.value)
            add("\r\n")
        }
        for header in own where !header.value.isEmpty {
            header.name.withUTF8Buffer { bytes.append(contentsOf: $0) }
            add(": ")
            add(header.value)
            add("\r\n")
        }
        switch framing {
        case .none: break
        case .length(let count): add("Content-Length: \(count)\r\n")
        case .chunked: add("Transfer-Encoding: chunked\r\n")
        }
        add("\r\n")
    }

    private mutating func add(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
