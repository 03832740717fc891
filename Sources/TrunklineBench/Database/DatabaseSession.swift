import LibPQ
import Threads

/// One connection to PostgreSQL, waited for where it stands.
final class DatabaseSession {
    private static let patience = Duration.seconds(10)

    private var connection: Connection
    private let stop: EventDescriptor
    /// Somebody has asked for the end while it waited.
    private(set) var isStopping = false

    /// Connects.
    ///
    /// - Throws: libpq's words when it cannot.
    init(_ conninfo: String, stop: EventDescriptor) throws(BenchError) {
        self.stop = stop
        do throws(PostgresError) {
            connection = try Connection(parameters: ConnectionParameters(dsn: conninfo))
        } catch {
            throw .unreachable("\(error)")
        }
        var progress = ConnectProgress.wantsWrite
        while progress != .connected {
            if case .failed(let error) = progress { throw .unreachable("\(error)") }
            try wait(isWriting: progress == .wantsWrite)
            progress = connection.advanceConnecting()
        }
    }

    /// The descriptor to sleep on.
    var socket: Int32 { connection.socket }

    /// Runs statements and waits for their end.
    func run(_ sql: String) throws(BenchError) {
        try send(sql)
        try finish()
    }

    /// Begins to run statements.
    func send(_ sql: String) throws(BenchError) {
        try attempt { connection throws(PostgresError) in
            try connection.send(sql)
            _ = try connection.flush()
        }
    }

    /// Begins to notify a channel of all payloads in one statement.
    func notify(_ channel: String, _ payloads: [[UInt8]]) throws(BenchError) {
        try attempt { connection throws(PostgresError) in
            try connection.send(
                "SELECT count(pg_notify($1, payload)) FROM unnest($2::text[]) AS payload",
                [.text(channel), .textArray(payloads)])
        }
        while try !attempt({ connection throws(PostgresError) in try connection.flush() }) { try wait(isWriting: true) }
    }

    /// Waits for the end of what was sent.
    func finish() throws(BenchError) {
        while try !takeResults() {
            try wait(isWriting: false)
            try read()
        }
    }

    /// Reads what has come.
    func read() throws(BenchError) {
        try attempt { connection throws(PostgresError) in try connection.consumeInput() }
    }

    /// Takes the results that have come.
    ///
    /// - Returns: whether they are complete.
    func takeResults() throws(BenchError) -> Bool {
        while !connection.isBusy {
            guard let result = connection.nextResult() else { return true }
            if let error = result.error { throw .unusable("\(error)") }
        }
        return false
    }

    /// Waits until a notification has come, and drops all that have.
    func awaitNotification() throws(BenchError) {
        while connection.nextNotification() == nil {
            try wait(isWriting: false)
            guard !isStopping else { return }
            try read()
        }
        while connection.nextNotification() != nil {}
    }

    private func wait(isWriting: Bool) throws(BenchError) {
        let outcome = Poll.wait(
            on: connection.socket, isWriting: isWriting, wakeUp: stop, until: .now + Self.patience)
        if outcome.isWoken { isStopping = true }
        guard outcome.isReadable || outcome.isWritable || outcome.isWoken else {
            throw .unreachable("PostgreSQL was silent for \(Self.patience)")
        }
    }

    private func attempt<Value>(
        _ body: (inout Connection) throws(PostgresError) -> Value
    ) throws(BenchError) -> Value {
        do throws(PostgresError) {
            return try body(&connection)
        } catch {
            throw .unusable("\(error)")
        }
    }
}
