import Foundation

/// An event as a foreign client saw it, told in a line of JSON.
struct ReportedEvent: Decodable, Equatable {
    let type: String
    let data: String
    /// `null` in some clients while there is none.
    var id: String?
    /// Of an `EventSource`: 2 is given up for good.
    var readyState: Int?

    init(_ json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json))
    }
}
