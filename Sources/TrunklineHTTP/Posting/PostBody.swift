import HTTPTypes
import MicroHTTPD

/// What the head of a request says of its body.
struct PostBody: Sendable {
    /// Whether one comes: a `Content-Length` above 0, or a `Transfer-Encoding`.
    let isPresent: Bool
    /// The `Content-Length`; `nil` if the head does not tell, as with chunks. One that no integer holds is the greatest.
    let length: Int?
    private let types: [String]
    private let codings: [String]

    init(_ request: Request) {
        isPresent = request.hasBody
        types = request.values(of: .contentType).map(Self.essence)
        codings = request.values(of: .contentEncoding).filter { !$0.isEmpty }
        length = request.firstValue(of: .contentLength).flatMap { text, _ in
            let isNumber = !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
            return isNumber ? Int(text) ?? .max : nil
        }
    }

    /// - Throws: 415 for multipart or a coding, which nothing here reads, wherever the channel is.
    func checkReadable() throws(RequestFailure) {
        if let coding = codings.first {
            // RFC 9110 §12.5.3: this header tells that it was the coding, not the type.
            throw RequestFailure(
                .unsupportedMediaType, parameter: "Content-Encoding",
                "the Content-Encoding \(EchoedText(coding)) is not taken: send the body as it is, and leave the header out",
                headers: [.acceptEncoding: "identity"])
        }
        if let type = types.first(where: { $0.hasPrefix("multipart/") }) { throw Self.unsupported(type) }
    }

    /// Whether a body that has to name the channels is a batch; it is a form else.
    ///
    /// - Throws: 415 if it is neither, 400 if there is none.
    func isBatch() throws(RequestFailure) -> Bool {
        if types == ["application/x-ndjson"] { return true }
        guard isPresent else {
            throw .channelMissing("name the channel to post to, as in /post?channel=foo&payload=bar")
        }
        guard types == ["application/x-www-form-urlencoded"] else {
            throw Self.unsupported(types.first ?? "")
        }
        return false
    }

    /// - Throws: 413 if the head tells that the body is longer.
    func checkLength(max: Int, parameter: String?) throws(RequestFailure) {
        if isPresent, let length, length > max { throw Self.tooLarge(max: max, parameter: parameter) }
    }

    /// 413, with the bound it is about.
    static func tooLarge(max: Int, parameter: String?) -> RequestFailure {
        RequestFailure(
            .contentTooLarge, parameter: parameter,
            "the \(parameter ?? "body") is too large: send at most \(max) bytes in one request")
    }

    private static func unsupported(_ type: String) -> RequestFailure {
        RequestFailure(
            .unsupportedMediaType, parameter: "Content-Type",
            "a body of type \(EchoedText(type)) is not taken here: name the channel in the query and any body but multipart "
                + "is the payload, or send application/x-www-form-urlencoded or application/x-ndjson")
    }

    /// The media type in lower case, without parameters (RFC 9110 §8.3.1).
    private static func essence(_ value: String) -> String {
        let essence = value.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        return String(decoding: essence, as: UTF8.self).lowercased()
    }
}
