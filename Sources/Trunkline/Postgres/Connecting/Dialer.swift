import LibPQ
import Threads

/// Makes sessions: each host of the DSN is an attempt of its own with a deadline of its own, starting at the last good one.
struct Dialer {
    /// How long one address has, from the first packet to a session that is set up, and how long the look-up of a name.
    static let attemptTimeout = Duration.seconds(3)

    private let role: ConnectionRole
    private let attempts: [ConnectionParameters]
    private let setUp: String
    private let setUpTimeout: Duration
    private let alliance: Alliance
    private let lookup = HostLookup()
    private var lastGood = 0

    /// - Parameters:
    ///   - setUp: statements for each new session, beside those that every session gets.
    ///   - setUpTimeout: how long PostgreSQL may take for them.
    ///   - alliance: asked about each new session.
    init(
        _ parameters: ConnectionParameters, role: ConnectionRole, setUp: String, within setUpTimeout: Duration,
        alliance: Alliance
    ) {
        self.role = role
        attempts =
            parameters
            // What `pg_stat_activity` shows.
            .setting("application_name", to: "trunkline \(role.rawValue)")
            // Set by the session itself, once it knows the server's.
            .setting("client_encoding", to: "")
            // A dead peer is noticed within some 11 s, whether we are sending or not.
            .settingDefault("keepalives_idle", to: "5")
            .settingDefault("keepalives_interval", to: "2")
            .settingDefault("keepalives_count", to: "3")
            .settingDefault("tcp_user_timeout", to: "10000")
            .attempts
        self.setUp = setUp
        self.setUpTimeout = setUpTimeout
        self.alliance = alliance
    }

    /// Tries each host once.
    ///
    /// - Parameters:
    ///   - wakeUp: its signals are drained; after each one `isStopping` is asked.
    /// - Throws: what each host said.
    mutating func open(wakeUp: EventDescriptor, isStopping: @escaping () -> Bool) throws(DialFailure) -> Session {
        var failures: [DialFailure] = []
        for offset in attempts.indices {
            let index = (lastGood + offset) % attempts.count
            func patience() -> Patience {
                Patience(wakeUp: wakeUp, isStopping: isStopping, limit: Self.attemptTimeout)
            }
            do throws(DialFailure) {
                for address in try addresses(of: attempts[index], patience()) {
                    if isStopping() { throw DialFailure(message: "stopping") }
                    do throws(DialFailure) {
                        let session = try Session(address, setUp: setUp, within: setUpTimeout, patience())
                        try alliance.admit(session.identity, as: role)
                        lastGood = index
                        return session
                    } catch {
                        failures.append(described(error, address))
                    }
                }
            } catch {
                failures.append(described(error, attempts[index]))
            }
        }
        throw DialFailure(
            message: failures.map(\.message).joined(separator: "; "), isRefused: failures.allSatisfy(\.isRefused))
    }

    /// The attempts of one host: one for each address of its name.
    private func addresses(
        of parameters: ConnectionParameters, _ patience: Patience
    ) throws(DialFailure) -> [ConnectionParameters] {
        guard parameters["hostaddr"] == nil, let host = parameters["host"], HostLookup.isName(host) else {
            return [parameters]
        }
        return try lookup.addresses(of: host, patience).map { parameters.setting("hostaddr", to: $0) }
    }

    private func described(_ failure: DialFailure, _ parameters: ConnectionParameters) -> DialFailure {
        guard attempts.count > 1 else { return failure }
        return DialFailure(message: "\(parameters): \(failure.message)", isRefused: failure.isRefused)
    }
}
