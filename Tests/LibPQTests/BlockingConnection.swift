import Glibc
import LibPQ
import TestSupport
import Testing
import Threads

/// A connection that sleeps on its own socket: what the owner of a `Connection` does, in its plainest form.
struct BlockingConnection: ~Copyable {
    /// One result, copied out.
    struct Answer: Equatable, Sendable {
        var status: QueryResult.Status
        var rows: [[String?]] = []
        var error: PostgresError?
    }

    var connection: Connection
    private let wakeUp: EventDescriptor

    /// Connects, or throws why there is no session.
    init(_ parameters: ConnectionParameters) throws {
        let wakeUp = try EventDescriptor()
        connection = try Self.connect(parameters, wakeUp)
        self.wakeUp = wakeUp
    }

    init(_ dsn: String) throws {
        try self.init(ConnectionParameters(dsn: dsn))
    }

    /// Sends statements and collects all results.
    func run(_ sql: String) throws -> [Answer] {
        try connection.send(sql)
        return try answers()
    }

    /// Collects all results of what was sent, outside a pipeline.
    func answers() throws -> [Answer] {
        try flush()
        var answers: [Answer] = []
        while let answer = try nextAnswer() { answers.append(answer) }
        return answers
    }

    /// Runs statements that must succeed, and returns the first field of the last one.
    @discardableResult
    func value(_ sql: String) throws -> String? {
        let answers = try run(sql)
        if let error = answers.lazy.compactMap(\.error).first { throw error }
        return answers.last?.rows.first?.first ?? nil
    }

    /// Collects the results of a pipeline up to its `count`th synchronisation.
    func answers(untilSync count: Int) throws -> [Answer] {
        try flush()
        var answers: [Answer] = []
        while answers.count(where: { $0.status == .pipelineSync }) < count {
            if let answer = try nextAnswer() { answers.append(answer) }
        }
        return answers
    }

    /// The next so many notifications.
    func notifications(_ count: Int) throws -> [DeliveredNotification] {
        var notifications: [DeliveredNotification] = []
        while true {
            while let notification = connection.nextNotification() { notifications.append(notification) }
            guard notifications.count < count else { return notifications }
            try sleep()
            try connection.consumeInput()
        }
    }

    /// Everything up to the end of the session, and what libpq says then.
    func notificationsUntilBroken() throws -> (notifications: [DeliveredNotification], error: PostgresError) {
        var notifications: [DeliveredNotification] = []
        while true {
            try sleep()
            var end: PostgresError?
            do { try connection.consumeInput() } catch { end = error }
            while let notification = connection.nextNotification() { notifications.append(notification) }
            if let end { return (notifications, end) }
        }
    }

    func flush() throws {
        while try !connection.flush() {
            try sleep(isWriting: true)
            try connection.consumeInput()
        }
    }

    private func nextAnswer() throws -> Answer? {
        while connection.isBusy, !connection.isBroken {
            try sleep()
            // A session that ends may have a last result to tell why.
            do { try connection.consumeInput() } catch { #expect(connection.isBroken == true) }
        }
        guard let result = connection.nextResult() else { return nil }
        let rows = (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.value(row: row, column: $0) }
        }
        return Answer(status: result.status, rows: rows, error: result.error)
    }

    private func sleep(isWriting: Bool = false) throws {
        try Self.sleep(on: connection.socket, isWriting: isWriting, wakeUp)
    }

    private static func connect(_ parameters: ConnectionParameters, _ wakeUp: EventDescriptor) throws -> Connection {
        var connection = try Connection(parameters: parameters)
        var progress = ConnectProgress.wantsWrite
        while progress != .connected {
            if case .failed(let error) = progress { throw error }
            let isWriting = progress == .wantsWrite
            try sleep(on: connection.socket, isReading: !isWriting, isWriting: isWriting, wakeUp)
            progress = connection.advanceConnecting()
        }
        return connection
    }

    private static func sleep(
        on socket: Int32, isReading: Bool = true, isWriting: Bool, _ wakeUp: EventDescriptor
    ) throws {
        let patience = Duration.seconds(10)
        let outcome = Poll.wait(
            on: socket, isReading: isReading, isWriting: isWriting, wakeUp: wakeUp, until: .now + patience)
        guard outcome.isReadable || outcome.isWritable else {
            throw TestSupportError("PostgreSQL was silent for \(patience)")
        }
    }
}
