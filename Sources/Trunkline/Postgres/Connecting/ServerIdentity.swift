/// Which server and database a session stands on.
struct ServerIdentity: Hashable, Sendable {
    /// Given by `initdb`, and shared by a primary and its standbys; `nil` where our role may not ask.
    var system: String?
    /// The database's OID: another one after DROP and CREATE.
    let database: String
    /// Grows with each promotion of a standby, so of two primaries of one system the lower is the old one.
    let timeline: UInt32

    /// Whether both are one database of one system, whatever the timeline.
    func isSameDatabase(as other: ServerIdentity) -> Bool {
        system == other.system && database == other.database
    }
}

extension ServerIdentity: CustomStringConvertible {
    /// For an operator, who finds the same in `pg_controldata`.
    var description: String {
        "system identifier \(system ?? "unknown"), database OID \(database), timeline \(timeline)"
    }
}
