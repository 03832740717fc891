import MicroHTTPD

@testable import TrunklineHTTP

extension Request {
    /// A request as a client would write it; header fields as `Name: value`.
    convenience init(
        _ method: String = "GET", _ target: String, _ fields: [String] = [], body: String? = nil, version: String = "HTTP/1.1"
    ) {
        self.init(method, target, fields, body: Array((body ?? "").utf8), version: version)
    }

    /// A request whose body is bytes.
    convenience init(_ method: String, _ target: String, _ fields: [String] = [], body: [UInt8], version: String = "HTTP/1.1") {
        self.init(
            method: method, target: Array(target.utf8), version: version, headers: fields.map(HeaderField.init(line:)),
            body: body, hasBody: body.isEmpty ? Self.announcesBody(fields) : true)
    }

    /// The target, which must be good.
    func parsedTarget() throws(RequestFailure) -> RequestTarget {
        try RequestTarget(target, method: method)
    }

    private static func announcesBody(_ fields: [String]) -> Bool {
        fields.map(HeaderField.init(line:)).contains { field in
            switch field.name.lowercased() {
            case "content-length": field.value != "0"
            case "transfer-encoding": true
            default: false
            }
        }
    }
}

extension Request.HeaderField {
    fileprivate init(line: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(name: String(parts[0]), value: String(parts[1].drop { $0 == " " }))
    }
}

/// What a closure refuses a request with; `nil` if it takes it.
func refusal<Value>(_ body: () throws(RequestFailure) -> Value) -> RequestFailure? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// Text of bytes, for comparisons that read.
func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
}
