/// A body that is written while it comes into being.
///
/// HTTP/1.1 clients get it in chunks, HTTP/1.0 clients until the connection closes.
package protocol ResponseStream: AnyObject, Sendable {
    /// Puts the next bytes into `buffer`, as many as are there and fit. Called on a worker thread, never twice at a time, and
    /// not after `ended()`. A stream that was waiting is asked again once for each `Exchange.wake()`, and for no other reason.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> StreamStep

    /// The exchange is over, however it ended. Called exactly once for a stream that a responder has answered with, in place of
    /// `Responder.ended()`; everything held for the request is to be let go.
    func ended()
}
