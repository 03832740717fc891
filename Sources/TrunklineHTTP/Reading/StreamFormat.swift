import HTTPTypes
import Trunkline

/// How a stream writes what it reads; each notification is rendered once for all streams of a format.
enum StreamFormat {
    /// A line a payload.
    case lines
    /// An object a line.
    case objects
    /// Server-sent events, the payload as data.
    case events
    /// Server-sent events, the notification object as data.
    case objectEvents

    init(_ parameters: WaitParameters) {
        switch (parameters.mode, parameters.format) {
        case (.sse, .json): self = .objectEvents
        case (.sse, _): self = .events
        case (_, .json): self = .objects
        case (_, _): self = .lines
        }
    }

    var isOfEvents: Bool { self == .events || self == .objectEvents }

    var contentType: String {
        switch self {
        case .lines: "text/plain; charset=utf-8"
        case .objects: "application/x-ndjson"
        case .events, .objectEvents: "text/event-stream"
        }
    }

    /// What stands before the first notification.
    func prologue(_ cursor: Cursor?, _ channels: [ChannelName]) -> [UInt8] {
        switch self {
        case .lines: []
        case .objects: JSONObject.listening(cursor, channels) + Self.lineFeed
        case .events, .objectEvents:
            EventFraming.prologue(cursor, channels, retryMilliseconds: RetryDelay.random())
        }
    }

    /// The shared frame of a notification.
    func frame(_ entry: Entry) -> [UInt8] {
        switch self {
        case .lines: entry.rendering(.first) { TextFormat.line(entry.notification.payload) }
        case .objects: entry.rendering(.second) { JSONObject.notification(entry.notification) + Self.lineFeed }
        case .events: entry.rendering(.third) { EventFraming.event(text: entry.notification) }
        case .objectEvents: entry.rendering(.fourth) { EventFraming.event(json: entry.notification) }
        }
    }

    /// A gap; `nil` where there is no way to tell of one, and the stream ends.
    func frame(_ gap: Gap) -> [UInt8]? {
        switch self {
        case .lines: nil
        case .objects: JSONObject.gap(gap) + Self.lineFeed
        case .events, .objectEvents: EventFraming.event(gap)
        }
    }

    /// Says that the stream is alive; empty where every byte would be taken for a payload.
    func heartbeat(_ cursor: Cursor) -> [UInt8] {
        switch self {
        case .lines: []
        case .objects: JSONObject.heartbeat(cursor) + Self.lineFeed
        case .events, .objectEvents: EventFraming.heartbeat
        }
    }

    /// The last words of a stream that the server ends.
    func farewell() -> [UInt8] {
        switch self {
        case .lines: []
        case .objects: JSONObject.end(reason: "draining", retryMilliseconds: RetryDelay.random()) + Self.lineFeed
        case .events, .objectEvents: EventFraming.farewell(retryMilliseconds: RetryDelay.random())
        }
    }

    private static let lineFeed = Array("\n".utf8)
}
