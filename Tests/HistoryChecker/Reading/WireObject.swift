import Foundation

/// Any of the JSON objects of the interface, as a strict reader takes them.
struct WireObject: Decodable {
    let type: String?
    let id: String?
    let channel: String?
    let payload: String?
    let reason: String?
    let channels: [String]?
    let cursor: String?

    init(_ text: some Collection<UInt8>) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text))
    }

    /// What it tells a reader; `nil` for a line that controls the stream.
    var sighting: Sighting.What? {
        switch type {
        case "notification":
            if let channel, let payload { return .notification(channel: channel, payload: payload) }
            return nil
        case "gap": return .gap(reason: reason ?? "", channels: channels, id: id)
        case _: return nil
        }
    }
}

/// The body of a poll in JSON.
struct WirePoll: Decodable {
    let cursor: String
    let gap: WireObject?
    let notifications: [WireObject]

    init(_ text: some Collection<UInt8>) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text))
    }
}
