import LibPQ
import Threads

/// Makes sessions: each host of the DSN is an attempt of its own with a deadline of its own, starting at the last good one.
struct Dialer {
    /// How long one host has, from the first packet to a session that is set up.
    static let attemptTimeout = Duration.seconds(3)

    private let attempts: [ConnectionParameters]
    private let setUp: String
    private var lastGood = 0

    /// - Parameters:
    ///   - name: what `pg_stat_activity` shows as `application_name`.
    ///   - setUp: statements for each new session, beside those that every session gets.
    init(_ parameters: ConnectionParameters, name: String, setUp: String = "") {
        attempts =
            parameters
            .setting("application_name", to: name)
            // Both are set by the session itself, once it knows the server's.
            .setting("client_encoding", to: "")
            // A dead peer is noticed within some 11 s, whether we are sending or not.
            .settingDefault("keepalives_idle", to: "5")
            .settingDefault("keepalives_interval", to: "2")
            .settingDefault("keepalives_count", to: "3")
            .settingDefault("tcp_user_timeout", to: "10000")
            .attempts
        self.setUp = setUp
    }

    /// Tries each host once.
    ///
    /// - Parameters:
    ///   - wakeUp: its signals are drained; after each one `isStopping` is asked.
    /// - Throws: what each host said.
    mutating func open(wakeUp: EventDescriptor, isStopping: @escaping () -> Bool) throws(DialFailure) -> Session {
        var failures: [DialFailure] = []
        for offset in attempts.indices {
            if isStopping() { break }
            let index = (lastGood + offset) % attempts.count
            let patience = Patience(wakeUp: wakeUp, isStopping: isStopping, deadline: .now + Self.attemptTimeout)
            do throws(DialFailure) {
                let session = try Session(attempts[index], setUp: setUp, patience)
                lastGood = index
                return session
            } catch {
                let place = attempts.count > 1 ? "\(attempts[index]): " : ""
                failures.append(DialFailure(message: place + error.message, isRefused: error.isRefused))
            }
        }
        throw DialFailure(
            message: failures.isEmpty ? "stopping" : failures.map(\.message).joined(separator: "; "),
            isRefused: !failures.isEmpty && failures.allSatisfy(\.isRefused))
    }
}
