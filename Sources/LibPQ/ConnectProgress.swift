/// What a connection that is being made waits for. Corresponds to `PostgresPollingStatusType`.
package enum ConnectProgress: Sendable, Equatable {
    /// Go on when the socket is readable.
    case wantsRead
    /// Go on when the socket is writable.
    case wantsWrite
    /// The session stands.
    case connected
    /// There will be no session.
    case failed(PostgresError)
}
