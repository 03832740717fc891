import Threads

/// Keeps both connections on one server: after a fail-over a connection that stays behind would listen, or post, where nobody
/// else is.
///
/// The poster leads, since it is its posts that the listener must hear. On one system a higher timeline leads whoever finds it,
/// and a lower one is refused: that is an old primary which was left alive.
struct Allegiance {
    /// What becomes of a session that has just been made.
    enum Verdict: Equatable {
        case admitted
        /// It may stay, and the other connection must come after.
        case admittedAlone
        /// It must end, in these words.
        case refused(String)
        /// It must end, in these words, and the other connection must look anew where the server is.
        case refusedForNow(String)
    }

    private var standing: [ConnectionRole: ServerIdentity] = [:]
    /// The highest timeline seen, by system; by database where the system is not known.
    private var newestTimelines: [String: UInt32] = [:]

    /// Judges a new session of one connection, and remembers it if it is admitted.
    mutating func admit(_ identity: ServerIdentity, as role: ConnectionRole) -> Verdict {
        let place = identity.system ?? "database \(identity.database)"
        let newest = newestTimelines[place] ?? 0
        guard identity.timeline >= newest else {
            return .refused(
                """
                the server is an old primary (its timeline is \(identity.timeline), and \(newest) was seen already): stop it, or \
                restart Trunkline if it is to be used again
                """)
        }
        newestTimelines[place] = identity.timeline
        guard let other = standing[role.other], other != identity else {
            standing[role] = identity
            return .admitted
        }
        let leads = role == .poster || (identity.isSameDatabase(as: other) && identity.timeline > other.timeline)
        guard leads else {
            return .refusedForNow("the server (\(identity)) is not that of the \(role.other.rawValue) (\(other))")
        }
        standing[role] = identity
        return .admittedAlone
    }

    /// The session of one connection has ended.
    mutating func leave(_ role: ConnectionRole) {
        standing[role] = nil
    }
}
