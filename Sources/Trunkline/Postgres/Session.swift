import LibPQ
import Threads

/// A connection that was set up and checked: on a primary, in the database's own encoding, safe from idle time-outs.
struct Session: ~Copyable {
    var connection: Connection
    let encoding: TextEncoding

    /// Connects and sets up.
    ///
    /// - Throws: when the server cannot be reached, refuses us, or is none we can work with.
    init(_ parameters: ConnectionParameters, setUp: String, _ patience: Patience) throws(DialFailure) {
        var connection = try Self.connect(parameters, patience)
        let facts = try Self.setUp(&connection, setUp, patience)
        guard facts.count == 2, let serverEncoding = facts[1] else {
            throw DialFailure(message: "the server did not say what it is", isRefused: true)
        }
        guard facts[0] == "f" else {
            throw DialFailure(
                message: "the server is a standby, where nobody can LISTEN or NOTIFY: give --database the primary",
                isRefused: true)
        }
        guard let encoding = TextEncoding(serverEncoding: serverEncoding) else {
            throw DialFailure(
                message: "the database's encoding is \(serverEncoding), which cannot be converted: use one in UTF8",
                isRefused: true)
        }
        self.connection = connection
        self.encoding = encoding
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

    /// Runs the statements every session needs, and returns the row of facts about the server.
    private static func setUp(
        _ connection: inout Connection, _ more: String, _ patience: Patience
    ) throws(DialFailure) -> [String?] {
        let statements = """
            SELECT pg_is_in_recovery(), current_setting('server_encoding');
            SELECT set_config('client_encoding', current_setting('server_encoding'), false);
            SELECT set_config(name, '0', false) FROM pg_settings
            WHERE name IN ('idle_session_timeout', 'statement_timeout', 'transaction_timeout');
            \(more)
            """
        var facts: [String?] = []
        do throws(PostgresError) {
            try connection.send(statements)
        } catch {
            throw DialFailure(error)
        }
        while true {
            try exchange(&connection, patience)
            while !connection.isBusy {
                guard let result = connection.nextResult() else { return facts }
                if let error = result.error { throw DialFailure(error) }
                if facts.isEmpty { facts = [result.value(row: 0, column: 0), result.value(row: 0, column: 1)] }
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
        self.init(message: error.description, isRefused: ["28", "3D", "42"].contains(error.sqlState?.prefix(2)))
    }
}
