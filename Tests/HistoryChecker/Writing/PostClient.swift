import TestSupport

/// Posts over one connection, which it makes again when it breaks.
final class PostClient {
    private let port: () -> UInt16
    private var connection: RawConnection?

    /// - Parameter port: asked for each new connection: a server that is started again has another one.
    init(port: @escaping () -> UInt16) {
        self.port = port
    }

    /// Posts one notification as the body of a request.
    func post(_ payload: String, to channel: String) -> Writing.Outcome {
        send("/post?\(query(of: [channel]))", type: "text/plain", body: payload)
    }

    /// Posts several in one transaction.
    func post(batch: [(channel: String, payload: String)]) -> Writing.Outcome {
        let lines = batch.map { "{\"channel\":\"\($0.channel)\",\"payload\":\"\($0.payload)\"}\n" }
        return send("/post", type: "application/x-ndjson", body: lines.joined())
    }

    private func send(_ target: String, type: String, body: String) -> Writing.Outcome {
        let connection: RawConnection
        do {
            connection = try self.connection ?? RawConnection(port: port(), patience: .seconds(6))
        } catch {
            // Refused: nothing has left.
            return .notPosted
        }
        self.connection = connection
        do {
            try connection.send(
                "POST \(target) HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                    + body)
            let response = try connection.readResponse()
            if response["Connection"] == "close" { self.connection = nil }
            switch response.status {
            case 200: return .acknowledged
            case 504: return .unknown
            default: return .notPosted
            }
        } catch {
            self.connection = nil
            return .unknown
        }
    }
}
