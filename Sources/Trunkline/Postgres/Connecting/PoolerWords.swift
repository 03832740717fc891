/// What an operator is told whose connection goes through a pooler that changes servers between transactions.
enum PoolerWords {
    private static let advice = """
        this looks like a transaction-mode connection pooler (PgBouncer, or the like); give --database a direct connection to \
        PostgreSQL
        """

    /// Of a listener.
    static let deaf = "LISTEN succeeds but nothing arrives: \(advice)"
    /// Of a poster.
    static let forgotten = "PostgreSQL has forgotten what this session had prepared: \(advice)"
}
