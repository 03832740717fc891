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
        guard connection.run(isResumed: isParked) else { return trunkline_end_with_error }
        isParked = false
        while true {
            switch stream.read(into: buffer) {
            case .wrote(let count):
                precondition(count > 0 && count <= buffer.count, "a stream wrote \(count) of \(buffer.count) bytes")
                connection.write(isEarly: false)
                return count
            case .end:
                connection.write(isEarly: false)
                return trunkline_end_of_stream
            case .abort: return trunkline_end_with_error
            case .waiting:
                switch connection.park() {
                case .again: continue
                case .close: return trunkline_end_with_error
                case .stay:
                    isParked = true
                    return 0
                }
            }
        }
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
