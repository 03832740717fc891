/// What a responder wants next.
package enum Step: Sendable {
    /// Answer, and be done.
    case respond(Response)
    /// Send the head of an answer, then ask the stream for the body.
    case stream(StreamResponse)
    /// Nothing to say yet: sleep until `Exchange.wake()`.
    case park
    /// Close the connection without an answer.
    case close
}
