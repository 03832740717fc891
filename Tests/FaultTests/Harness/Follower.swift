import Foundation
import TestSupport

/// Follows one channel, for faults whose payloads are not each other's unlike, as the checker would have them.
final class Follower: Sendable {
    /// A line of the stream.
    private struct Line: Decodable {
        let type: String
        let payload: String?
        let payloadBase64: Data?
    }

    private let connection: RawConnection

    /// Returns when the channel is listened to.
    init(_ server: ServerProcess, _ channel: String) throws {
        connection = try server.connect(patience: .seconds(30))
        try connection.sendRequest("GET", "/wait?channel=\(channel)&mode=stream&format=json")
        guard try connection.readHead().status == 200 else { throw TestSupportError("\(channel) cannot be followed") }
    }

    /// Reads up to this payload, and returns all with it, in their order.
    ///
    /// - Throws: a `TestSupportError` for a gap, and when the payload does not come.
    func read(through last: String) throws -> [String] {
        try readBytes(through: Array(last.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same for payloads that need not be text.
    func readBytes(through last: [UInt8]) throws -> [[UInt8]] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        var payloads: [[UInt8]] = []
        var unread: [UInt8] = []
        while let chunk = try connection.readChunk() {
            unread += chunk
            while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = try decoder.decode(Line.self, from: Data(unread[..<end]))
                unread.removeSubrange(...end)
                guard line.type != "gap" else { throw TestSupportError("a gap after \(payloads.count) notifications") }
                guard let payload = line.payload.map({ Array($0.utf8) }) ?? line.payloadBase64.map({ Array($0) }) else {
                    continue
                }
                payloads.append(payload)
                if payload == last { return payloads }
            }
        }
        throw TestSupportError("the stream ended after \(payloads.count) notifications")
    }
}
