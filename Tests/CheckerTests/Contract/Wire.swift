import Foundation
import HistoryChecker
import TestSupport

/// A server with a database of its own, and requests to it.
final class Wire: Sendable {
    let cluster: PostgresCluster
    let database: String
    let server: ServerProcess

    init(_ flags: [String] = [], cluster: PostgresCluster? = nil, encoding: DatabaseEncoding = .utf8) throws {
        self.cluster = try cluster ?? .shared
        database = try self.cluster.createDatabase(encoding: encoding)
        server = try ServerProcess(["--database", self.cluster.conninfo(database: database)] + flags)
        try server.waitUntilReady()
    }

    /// `GET` or another method, with the header fields given as lines.
    func request(_ target: String, method: String = "GET", _ fields: [String] = [], body: String = "") throws -> RawResponse {
        let connection = try open(target, method: method, fields, body: body)
        return try connection.readResponse(to: method)
    }

    /// Sends a request and reads nothing.
    func open(
        _ target: String, method: String = "GET", _ fields: [String] = [], body: String = "", receiveBuffer: Int32? = nil
    ) throws -> RawConnection {
        let connection = try server.connect(patience: .seconds(15), receiveBuffer: receiveBuffer)
        let head = ["\(method) \(target) HTTP/1.1", "Host: localhost"] + fields
        let length = method == "POST" ? ["Content-Length: \(body.utf8.count)"] : []
        try connection.send((head + length).joined(separator: "\r\n") + "\r\n\r\n" + body)
        return connection
    }

    /// Posts, and waits until a channel that is listened to has it.
    func post(_ payload: String, to channel: String = "a") throws {
        let before = try self.channel(channel)
        let response = try request("/post?channel=\(channel)", method: "POST", body: payload)
        guard response.status == 200 else { throw TestSupportError("\(response.status) \(response.text)") }
        guard let before, before.listening else { return }
        try blockUntil("\(payload) has come back") { try self.channel(channel)?.position ?? 0 > before.position }
    }

    /// The cursor of this moment.
    func cursor(_ channels: String = "channel=a") throws -> String {
        let response = try request("/wait?\(channels)", method: "HEAD")
        guard response.status == 200, let cursor = response["Trunkline-Cursor"] else {
            throw TestSupportError("no cursor: \(response)")
        }
        return cursor
    }

    /// The body of a JSON poll, read by Foundation.
    func poll(_ query: String) throws -> Poll {
        let response = try request("/wait?\(query)&format=json")
        guard response.status == 200 else { throw TestSupportError("\(response.status) \(response.text)") }
        return try JSONDecoder().decode(Poll.self, from: Data(response.body))
    }

    /// Waits until so many readers of the channel are there, and it is listened to.
    func waitForReaders(_ count: Int, of channel: String = "a") throws {
        try blockUntil("\(count) read \(channel)") {
            let facts = try self.channel(channel)
            return facts?.readers == count && facts?.listening == true
        }
    }

    /// What `/channels` says of a channel, whose name may be percent-encoded.
    func channel(_ name: String) throws -> Facts? {
        let answer = try JSONDecoder().decode(ChannelList.self, from: Data(try server.get("/channels").body))
        return answer.channels.first { $0.channel == name.removingPercentEncoding }
    }

    func loseListener() throws {
        try cluster.terminateBackend(applicationName: "trunkline listener")
    }
}

/// The objects of the interface, each field as the contract names it and no optional where it has none.
struct Poll: Decodable, Equatable {
    let cursor: String
    let gap: ToldGap?
    let notifications: [Told]
}

struct Told: Decodable, Equatable {
    let type: String
    let id: String
    let channel: String
    let payload: String?
    let payloadBase64: String?
    let time: String

    enum CodingKeys: String, CodingKey {
        case type, id, channel, payload, time
        case payloadBase64 = "payload_base64"
    }
}

struct ToldGap: Decodable, Equatable {
    let type: String
    let reason: String
    let channels: [String]
    let after: String?
    let id: String
}

struct ChannelList: Decodable {
    let channels: [Facts]
}

struct Facts: Decodable, Equatable {
    let channel: String
    let readers: Int
    let kept: Int
    let bytes: Int
    let position: Int
    let floor: Int
    let listening: Bool
}

/// The place in a cursor.
func position(of cursor: String) -> Int { cursor.split(separator: ".").last.flatMap { Int($0) } ?? -1 }
