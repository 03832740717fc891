import TestSupport

/// The body of a stream that is open, without the framing of HTTP. Its calls block.
final class StreamBody {
    let connection: RawConnection
    let head: RawResponse

    /// Reads the head of an answer that is on its way.
    ///
    /// - Throws: a `TestSupportError` unless it is a 200 in chunks.
    init(reading connection: RawConnection) throws {
        self.connection = connection
        head = try connection.readHead()
        guard head.status == 200, head["Transfer-Encoding"] == "chunked" else {
            throw TestSupportError("no stream but \(head)")
        }
    }

    /// The next bytes; `nil` at the end that HTTP has marked as such.
    func next() throws -> [UInt8]? {
        try connection.readChunk()
    }
}

extension ServerProcess {
    /// Asks for a stream and waits for its head.
    func stream(
        _ target: String, _ fields: [String] = [], patience: Duration = .seconds(30), receiveBuffer: Int32? = nil
    ) throws -> StreamBody {
        let connection = try connect(patience: patience, receiveBuffer: receiveBuffer)
        try connection.sendRequest("GET", target, fields)
        return try StreamBody(reading: connection)
    }
}
