@testable import Trunkline
@testable import TrunklineHTTP

/// What an event of a stream costs to be written.
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
    }

    private static func cursor(_ text: String) throws -> Cursor {
        guard let cursor = Cursor(text) else { preconditionFailure("\(text) is a cursor") }
        return cursor
    }
}
