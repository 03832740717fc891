/// Which of the two connections to PostgreSQL.
enum ConnectionRole: String, Sendable, CaseIterable {
    case listener
    case poster

    var other: ConnectionRole { self == .listener ? .poster : .listener }
}
