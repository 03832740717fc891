extension ServerProcess {
    /// A plain GET on a connection of its own.
    package func request(_ target: String) throws -> RawResponse {
        try request("GET", target)
    }

    /// One request on a connection of its own, which ends with it.
    package func request(
        _ method: String, _ target: String, _ fields: [String] = [], body: [UInt8]? = nil,
        patience: Duration = .seconds(20)
    ) throws -> RawResponse {
        let connection = try connect(patience: patience)
        try connection.sendRequest(method, target, ["Connection: close"] + fields, body: body)
        return try connection.readResponse(to: method)
    }

    /// A poll that nobody has answered yet.
    package func wait(_ target: String, _ fields: [String] = [], patience: Duration = .seconds(20)) throws -> RawConnection {
        let connection = try connect(patience: patience)
        try connection.sendRequest("GET", target, fields)
        return connection
    }

    /// So many polls on a channel, all of them held and armed.
    package func hold(
        _ count: Int, on channel: String, query: String = "", patience: Duration = .seconds(30)
    ) throws -> [RawConnection] {
        let connections = try (0..<count).map { _ in
            try wait("/wait?channel=\(channel)\(query)", patience: patience)
        }
        do {
            try waitUntilHeld(count, on: channel)
        } catch {
            let answers = try connections.filter { !$0.isQuiet }.map { String(decoding: try $0.readToEnd(), as: UTF8.self) }
            throw TestSupportError("\(error); answered already: \(answers)")
        }
        return connections
    }

    /// Posts, and expects it to succeed.
    package func post(_ payload: String, to channel: String, patience: Duration = .seconds(20)) throws {
        let response = try request("POST", "/post?channel=\(channel)", body: Array(payload.utf8), patience: patience)
        guard response.status == 200 else {
            throw TestSupportError("the post to \(channel) was answered \(response.status): \(response.text)")
        }
    }

    /// Posts as soon as posts are taken again, up to 15 seconds long.
    package func postEventually(_ payload: String, to channel: String) throws {
        try blockUntil("a post succeeds", within: .seconds(15)) {
            let response = try request("POST", "/post?channel=\(channel)", body: Array(payload.utf8))
            // Unknown is not certain to have failed: a second one could be one too many.
            guard response.status == 200 || response.status == 503 else {
                throw TestSupportError("the post was answered \(response.status): \(response.text)")
            }
            return response.status == 200
        }
    }
}
