import MicroHTTPD

@testable import Trunkline
@testable import TrunklineHTTP

/// What a request and an answer cost in code of ours.
enum WebMeasurements {
    static func run() throws {
        let id = try cursor("5gq1x.1042")
        for count in [20, 1_000] {
            let notification = Notification(
                id: id, channel: "orders", payload: try Payload(String(repeating: "x", count: count)),
                receivedMilliseconds: 1_795_341_600_023)
            Measurement.print("an SSE event of \(count) bytes") { EventFraming.event(text: notification) }
            Measurement.print("an SSE event of \(count) bytes, as an object") { EventFraming.event(json: notification) }
        }
        for text in ["/wait?channel=orders", "/wait?channel=a%20b&since=5gq1x.1042&timeout=60&limit=100&format=json"] {
            let request = Request(
                method: "GET", target: Array(text.utf8), version: "HTTP/1.1", headers: [], body: [], hasBody: false)
            try Measurement.print("the parameters of \(text)") {
                try WaitParameters(request, RequestTarget(request.target, method: request.method))
            }
        }
        let text = "/post?channel=orders&payload=some+payload"
        let request = Request(
            method: "GET", target: Array(text.utf8), version: "HTTP/1.1", headers: [], body: [], hasBody: false)
        try Measurement.print("the head of \(text)") {
            try PostHead(request, RequestTarget(request.target, method: request.method), limits: PostLimits())
        }
    }

    private static func cursor(_ text: String) throws -> Cursor {
        guard let cursor = Cursor(text) else { preconditionFailure("\(text) is a cursor") }
        return cursor
    }
}
