/// Why there is no session.
struct DialFailure: Error {
    /// In words for an operator, without any password.
    let message: String
    /// PostgreSQL is there, but refuses us for what only an operator can change.
    var isRefused = false
    /// PostgreSQL's classification, if it was PostgreSQL that spoke.
    var sqlState: String?
}
