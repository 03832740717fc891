import Foundation

/// The JSON object of one notification.
struct Notified: Decodable {
    let id: String
    let channel: String
    let payload: String
    let time: String

    init(_ text: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(text))
    }
}
