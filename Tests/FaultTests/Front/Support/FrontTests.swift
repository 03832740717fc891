import Testing

/// Faults of clients and of the server's own process. One after the other: each wants the machine for itself.
@Suite("Faults before the server and in it", .serialized)
enum FrontTests {}
