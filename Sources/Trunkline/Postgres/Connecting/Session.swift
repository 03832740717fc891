import LibPQ
import Threads

/// A connection that was set up and checked: on a primary, in the database's own encoding, safe from idle time-outs.
struct Session: ~Copyable {
    var connection: Connection
    let encoding: TextEncoding
    let identity: ServerIdentity
    /// The server process, by its own word.
    let processID: Int32
    /// What libpq was told of the server process is not what the process says of itself: somebody stands in between.
    let isPooled: Bool

    /// Connects and sets up.
    ///
    /// - Throws: when the server cannot be reached, refuses us, or is none we can work with.
    ///
    /// - Parameters:
    ///   - setUp: statements beside those that every session gets.
    ///   - setUpTimeout: how long PostgreSQL may take for them.
    init(
        _ parameters: ConnectionParameters, setUp: String, within setUpTimeout: Duration, _ patience: Patience
    ) throws(DialFailure) {
        var connection = try Self.connect(parameters, patience)
        let standing = try Standing(&connection, patience)
        if !setUp.isEmpty { _ = try Self.run(setUp, on: &connection, patience.renewed(setUpTimeout)) }
        isPooled = standing.processID != connection.processID
        self.connection = connection
        encoding = standing.encoding
        identity = standing.identity
        processID = standing.processID
    }

    /// Where a session has come to, checked.
    private struct Standing {
        let encoding: TextEncoding
        let identity: ServerIdentity
        let processID: Int32

        init(_ connection: inout Connection, _ patience: Patience) throws(DialFailure) {
            guard let facts = Facts(try Session.run(Session.statements, on: &connection, patience)) else {
                throw DialFailure(message: "the server did not say what it is", isRefused: true)
            }
            guard !facts.isStandby else {
                throw DialFailure(
                    message: "the server is a standby, where nobody can LISTEN or NOTIFY: give --database the primary",
                    isRefused: true)
            }
            guard let encoding = TextEncoding(serverEncoding: facts.encoding) else {
                throw DialFailure(
                    message: "the database's encoding is \(facts.encoding), which cannot be converted: use one in UTF8",
                    isRefused: true)
            }
            self.encoding = encoding
            identity = ServerIdentity(
                system: try Session.systemIdentifier(&connection, patience), database: facts.database,
                timeline: facts.timeline)
            processID = facts.processID
        }
    }

    /// What the server says of itself.
    private struct Facts {
        let isStandby: Bool
        let encoding: String
        let processID: Int32
        let database: String
        /// 0 on a standby.
        let timeline: UInt32

        init?(_ row: [String?]) {
            guard row.count == 5, let recovery = row[0], let encoding = row[1], let process = row[2].flatMap({ Int32($0) }),
                let database = row[3], let timeline = row[4].flatMap({ UInt32($0, radix: 16) })
            else { return nil }
            isStandby = recovery != "f"
            self.encoding = encoding
            processID = process
            self.database = database
            self.timeline = timeline
        }
    }

    /// What every session needs, the facts first: before them only that functions and operators are PostgreSQL's own, whoever may
    /// create others in the database, and whatever the role's search path is.
    private static let statements = """
        SET search_path TO pg_catalog, pg_temp;
        SELECT pg_is_in_recovery(), current_setting('server_encoding'), pg_backend_pid(),
            (SELECT oid FROM pg_database WHERE datname = current_database()),
            CASE WHEN pg_is_in_recovery() THEN '0' ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END;
        SELECT set_config('client_encoding', current_setting('server_encoding'), false);
        SELECT set_config(name, '0', false) FROM pg_settings
        WHERE name IN ('idle_session_timeout', 'statement_timeout', 'transaction_timeout')
        """

    /// What `initdb` has named the system; `nil` where the role may not ask, or the service does not tell.
    private static func systemIdentifier(_ connection: inout Connection, _ patience: Patience) throws(DialFailure) -> String? {
        do throws(DialFailure) {
            return try run("SELECT system_identifier FROM pg_control_system()", on: &connection, patience).first ?? nil
        } catch {
            guard ["42501", "42883", "0A000"].contains(error.sqlState) else { throw error }
            return nil
        }
    }

    private static func connect(_ parameters: ConnectionParameters, _ patience: Patience) throws(DialFailure) -> Connection {
        var connection: Connection
        do throws(PostgresError) {
            connection = try Connection(parameters: parameters)
        } catch {
            throw DialFailure(error)
        }
        // The first step writes.
        var progress = ConnectProgress.wantsWrite
        while true {
            switch progress {
            case .wantsRead: try patience.wait(on: connection.socket, isWriting: false)
            case .wantsWrite: try patience.wait(on: connection.socket, isReading: false, isWriting: true)
            case .connected: return connection
            case .failed(let error): throw DialFailure(error)
            }
            progress = connection.advanceConnecting()
        }
    }

    /// Runs statements, and returns the first row of the first that has one.
    private static func run(
        _ statements: String, on connection: inout Connection, _ patience: Patience
    ) throws(DialFailure) -> [String?] {
        var row: [String?] = []
        var failure: DialFailure?
        do throws(PostgresError) {
            try connection.send(statements)
        } catch {
            throw DialFailure(error)
        }
        while true {
            try exchange(&connection, patience)
            while !connection.isBusy {
                guard let result = connection.nextResult() else {
                    if let failure { throw failure }
                    return row
                }
                if failure == nil { failure = result.error.map { DialFailure($0) } }
                if row.isEmpty, result.rowCount > 0 {
                    row = (0..<result.columnCount).map { result.value(row: 0, column: $0) }
                }
            }
        }
    }

    /// Writes what there is to write, waits for something to read, and reads it.
    private static func exchange(_ connection: inout Connection, _ patience: Patience) throws(DialFailure) {
        do throws(PostgresError) {
            let isFlushed = try connection.flush()
            do throws(DialFailure) {
                try patience.wait(on: connection.socket, isWriting: !isFlushed)
            } catch {
                throw PostgresError(message: error.message)
            }
            try connection.consumeInput()
        } catch {
            throw DialFailure(error)
        }
    }
}

extension DialFailure {
    /// What PostgreSQL or libpq said. A wrong password and a missing database are not cured by trying again at once.
    init(_ error: PostgresError) {
        self.init(
            message: error.description, isRefused: ["28", "3D", "42"].contains(error.sqlState?.prefix(2)),
            sqlState: error.sqlState)
    }
}
