/// What a stream did with the buffer it was given.
package enum StreamStep: Equatable, Sendable {
    /// So many bytes of it were filled, at least one.
    case wrote(Int)
    /// Nothing to say yet: sleep until `Exchange.wake()`.
    case waiting
    /// The body is complete.
    case end
    /// The body cannot be completed: close the connection so that the client sees it cut.
    case abort
}
