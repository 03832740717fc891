/// How a notification is written in an answer to `/wait`.
enum PayloadFormat: String, Sendable {
    /// The payload and a line feed; in server-sent events, the payload as `data`.
    case text
    /// The payload to the byte and nothing else.
    case raw
    /// The notification as an object.
    case json
}
