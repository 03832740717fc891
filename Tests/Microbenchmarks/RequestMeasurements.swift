import Threads

@testable import MicroHTTPD
@testable import Trunkline
@testable import TrunklineHTTP

/// What one request costs in code of ours: its head, what it asks for, and a poll's answer.
enum RequestMeasurements {
    static func run() throws {
        for (name, fields) in [("curl", curl), ("a browser", browser)] {
            Measurement.print("the head of \(name)'s request, judged and copied") { copiedHead(fields) }
            let request = request("/", fields)
            let site = ForeignSiteGuard(listensOnLoopbackOnly: true, allowedHosts: [])
            try Measurement.print("the check of \(name)'s request for foreign sites") {
                try site.check(request, RequestTarget(request.target, method: request.method))
            }
            Measurement.print("the Accept of \(name)") { AcceptHeader(request) }
        }
        for text in ["/wait?channel=orders", "/wait?channel=a%20b&since=5gq1x.1042&timeout=60&limit=100&format=json"] {
            let request = request(text, curl)
            try Measurement.print("the parameters of \(text)") {
                try WaitParameters(request, RequestTarget(request.target, method: request.method))
            }
        }
        let text = "/post?channel=orders&payload=some+payload"
        let post = request(text, curl)
        try Measurement.print("the notifications of \(text)") {
            try PostParameters(post, RequestTarget(post.target, method: post.method)).notifications
        }
        Measurement.print("a cursor") { Cursor("5gq1x.1042") }
        try measureAnswers()
    }

    private static func measureAnswers() throws {
        guard let id = Cursor("5gq1x.1042") else { preconditionFailure("this is a cursor") }
        let notification = Notification(
            id: id, channel: "orders", payload: "some payload of an ordinary length", receivedMilliseconds: 1_795_341_600_023)
        let entry = Entry(position: 1_042, content: .notification(notification), arrival: .now)
        for format in ["text", "json"] {
            let request = request("/wait?channel=orders&format=\(format)", curl)
            let parameters = try WaitParameters(request, RequestTarget(request.target, method: request.method))
            Measurement.print("a poll's answer, as \(format)") {
                PollAnswer(parameters, id).notifications([entry], after: nil)
            }
        }
    }

    private static let curl = [("Host", "localhost:8080"), ("User-Agent", "curl/7.88.1"), ("Accept", "*/*")]

    private static let browser = [
        ("Host", "localhost:8080"), ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), ("Accept-Language", "en-US,en;q=0.5"),
        ("Accept-Encoding", "gzip, deflate, br, zstd"), ("Connection", "keep-alive"), ("Upgrade-Insecure-Requests", "1"),
        ("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-User", "?1"),
        ("Priority", "u=0, i"),
    ]

    private static func request(_ target: String, _ fields: [(String, String)]) -> Request {
        Request(
            method: "GET", target: Array(target.utf8),
            headers: fields.map { Request.HeaderField(name: $0.0, value: $0.1) })
    }

    /// What is left of a head when it has been taken from libmicrohttpd.
    private static func copiedHead(_ fields: [(String, String)]) -> RequestHead {
        var head = RequestHead()
        head.reserve(fieldCount: Int32(fields.count), headByteCount: 1_024)
        for (name, value) in fields {
            var (name, value) = (name, value)
            name.withUTF8 { name in value.withUTF8 { head.addField(name: name, value: $0) } }
        }
        head.finish(method: "GET", target: Array("/".utf8), version: "HTTP/1.1")
        return head
    }
}
