import CMicroHTTPD
import HTTPTypes

/// What libmicrohttpd's content reader reads: a stream, and the connection that is parked while the stream waits.
final class StreamSource {
    private let stream: any ResponseStream
    private let connection: Connection
    private var isParked = false

    init(stream: any ResponseStream, connection: Connection) {
        self.stream = stream
        self.connection = connection
    }

    /// A new `MHD_Response`; its owner destroys it.
    ///
    /// - Parameter isPlain: no chunks: for HTTP/1.0, and for `HEAD`, whose chunked answer libmicrohttpd would end with a chunk.
    func makeNative(headers: HTTPFields, isPlain: Bool) -> OpaquePointer {
        let context = Unmanaged.passRetained(self).toOpaque()
        // Chunks are read straight into the connection's memory; only plain bodies need a buffer in the response.
        let bufferByteCount = isPlain ? 16 * 1024 : 1
        guard
            let native = MHD_create_response_from_callback(
                trunkline_size_unknown, bufferByteCount, readStream, context, releaseStream)
        else { preconditionFailure("no memory for a response") }
        if isPlain { trunkline_set_http_1_0(native) }
        native.addHeaders(headers)
        return native
    }

    /// One call of the content reader. Suspending is allowed here, and must be followed by a return of 0.
    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard connection.run(isResumed: isParked) else { return cut(buffer) }
        isParked = false
        while true {
            switch stream.read(into: buffer) {
            case .wrote(let count):
                precondition(count > 0 && count <= buffer.count, "a stream wrote \(count) of \(buffer.count) bytes")
                return connection.writeStream() ? count : cut(buffer)
            case .end:
                connection.write(isEarly: false)
                return trunkline_end_of_stream
            case .abort: return cut(buffer)
            case .waiting:
                switch connection.park(mayPause: false) {
                case .again: continue
                case .close: return cut(buffer)
                case .stay:
                    isParked = true
                    return 0
                }
            }
        }
    }

    /// Ends the connection without an end of the body.
    ///
    /// After an error of a content reader libmicrohttpd 0.9.75 keeps the connection until its worker happens to look at it once
    /// more (`MHD_CONNECTION_CHUNKED_BODY_UNREADY` leaves its loop before the cleanup). What fails in writing is closed at once.
    ///
    /// - Returns: how many bytes of the buffer are to be written, in vain.
    private func cut(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        connection.shutDown()
        _ = connection.writeStream()
        buffer[0] = 0
        return 1
    }
}

/// Balances the `passRetained` of `makeNative`.
private func releaseStream(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<StreamSource>.fromOpaque(context).release()
}

/// The content reader. Corresponds to `MHD_ContentReaderCallback`.
private func readStream(
    _ context: UnsafeMutableRawPointer?, _: UInt64, _ buffer: UnsafeMutablePointer<CChar>?, _ byteCount: Int
) -> Int {
    guard let context else { return trunkline_end_with_error }
    return Unmanaged<StreamSource>.fromOpaque(context).takeUnretainedValue()
        .read(into: UnsafeMutableRawBufferPointer(start: buffer, count: byteCount))
}
