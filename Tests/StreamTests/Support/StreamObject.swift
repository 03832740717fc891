import Foundation

/// Any object of a JSON stream, and of the data of server-sent events; what it does not have is `nil`.
struct StreamObject: Decodable, Equatable {
    let type: String
    var id: String?
    var channel: String?
    var payload: String?
    var payloadBase64: String?
    var time: String?
    var cursor: String?
    var channels: [String]?
    var reason: String?
    var after: String?
    var retry: Int?

    private enum CodingKeys: String, CodingKey {
        case type, id, channel, payload, time, cursor, channels, reason, after, retry
        case payloadBase64 = "payload_base64"
    }

    /// Reads one object.
    init(_ json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
    }
}
