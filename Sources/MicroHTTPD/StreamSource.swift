import CMicroHTTPD
import HTTPTypes
import Threads

/// What libmicrohttpd's content reader reads: a stream, and the connection that is parked while the stream waits.
final class StreamSource {
    private let stream: any ResponseStream
    private let connection: Connection
    private let isPlain: Bool
    private var isParked = false
    /// How often the pages of the buffer are given back, at most: a stream that goes on at once gets all of them anew.
    private static let releaseInterval = Duration.seconds(1)
    /// When they were, the last time.
    private var lastRelease: MonotonicInstant?
    /// The most bytes of the buffer that may have been written to since then.
    private var touchedByteCount = Int.max

    /// - Parameter isPlain: no chunks: for HTTP/1.0, and for `HEAD`, whose chunked answer libmicrohttpd would end with a chunk.
    init(stream: any ResponseStream, connection: Connection, isPlain: Bool) {
        self.stream = stream
        self.connection = connection
        self.isPlain = isPlain
    }

    /// A new `MHD_Response`; its owner destroys it.
    func makeNative(headers: HTTPFields) -> OpaquePointer {
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
                touchedByteCount = max(touchedByteCount, count)
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
                    giveBackPages(of: buffer)
                    return 0
                }
            }
        }
    }

    /// Gives back what the buffer of a stream that waits has in pages.
    ///
    /// It is nearly all of the connection's memory, and libmicrohttpd has wiped much of that before the first chunk: three or four
    /// pages that nobody needs while there is nothing to write. Once is enough where what is written fits into one page.
    private func giveBackPages(of buffer: UnsafeMutableRawBufferPointer) {
        // A plain body's buffer is the response's, in which libmicrohttpd may look for what it has had.
        guard !isPlain, touchedByteCount > ScratchPages.pageByteCount else { return }
        let now = MonotonicInstant.now
        if let lastRelease, now - lastRelease < Self.releaseInterval { return }
        lastRelease = now
        touchedByteCount = 0
        ScratchPages.release(buffer)
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
