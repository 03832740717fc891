/// How one of the two connections stands, in words for an operator.
package enum SourceState: Sendable, Equatable {
    /// No session, and why.
    case down(String)
    /// A session that was set up, and that nothing has arrived on yet.
    case unproven
    /// A session that serves.
    case up
}
