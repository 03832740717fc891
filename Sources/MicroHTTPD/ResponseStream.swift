/// A body that is written while it comes into being.
///
/// HTTP/1.1 clients get it in chunks, HTTP/1.0 clients until the connection closes.
package protocol ResponseStream: AnyObject, Sendable {
    /// Puts the next bytes into `buffer`, as many as are there and fit. Called on a worker thread, never twice at a time, and
    /// not after the `Responder.ended()` of its exchange.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep
}
