import LibPQ
import Threads

/// What the listener sends in one session, one message at a time, answered before the next is sent: LISTENs and UNLISTENs, and
/// where nothing proves that the server is there, the question for a sign of life.
struct ListenCommands {
    /// One message.
    private enum Message {
        case listen([ChannelName])
        case unlisten([ChannelName])
        case sign
    }

    private let core: HubCore
    private let encoding: TextEncoding
    private var underWay: Message?
    private var error: PostgresError?
    /// When the answer to the message under way is overdue; `nil` while there is none.
    private(set) var deadline: MonotonicInstant?

    /// When the last message was answered, or the session began; `nil` while one is under way.
    var quietSince: MonotonicInstant? { underWay == nil ? lastAnswer : nil }

    private var lastAnswer = MonotonicInstant.now

    init(core: HubCore, encoding: TextEncoding) {
        self.core = core
        self.encoding = encoding
    }

    /// Takes the answers that have come, and sends the next message if none is under way.
    ///
    /// - Parameter asksForSign: the server is to answer something, whatever it is.
    /// - Returns: whether the server has answered anything.
    /// - Throws: when the session cannot go on.
    mutating func advance(_ connection: borrowing Connection, asksForSign: Bool) throws(PostgresError) -> Bool {
        var hasAnswered = false
        while true {
            if underWay != nil {
                guard try takeResults(connection) else { return hasAnswered }
                hasAnswered = true
                lastAnswer = .now
            }
            if let command = core.nextCommand() {
                try send(command, connection)
            } else if asksForSign, !hasAnswered {
                begin(.sign, within: Listener.signTimeout)
                try connection.send("SELECT 1")
            } else {
                return hasAnswered
            }
        }
    }

    private mutating func begin(_ message: Message, within limit: Duration) {
        underWay = message
        deadline = .now + limit
    }

    /// - Returns: whether the command under way is answered.
    private mutating func takeResults(_ connection: borrowing Connection) throws(PostgresError) -> Bool {
        while !connection.isBusy {
            guard let result = connection.nextResult() else {
                try finish()
                return true
            }
            if error == nil { error = result.error }
        }
        return false
    }

    private mutating func finish() throws(PostgresError) {
        defer {
            underWay = nil
            deadline = nil
            error = nil
        }
        switch (underWay, error) {
        case (nil, _), (.sign, nil): break
        case (_, let error?) where error.isOfTheWholeSession: throw error
        case (.listen(let names), nil): core.confirmListen(names)
        case (.unlisten(let names), nil): core.confirmUnlisten(names)
        case (.listen(let names), let error?) where names.count == 1:
            core.logger.warning("PostgreSQL refuses to listen to \(names[0].quoted): \(error)")
            core.refuse(
                names[0],
                TrunklineError(
                    .listenRefused, "PostgreSQL refuses to listen to this channel: \(error)", channel: names[0],
                    sqlState: error.sqlState))
        case (.listen(let names), _?):
            // One of them spoils the message for all: each alone finds the one.
            core.refuseBatch(names)
        case (.unlisten, let error?), (.sign, let error?):
            throw error
        }
    }

    private mutating func send(_ command: HubCore.Table.Command, _ connection: borrowing Connection) throws(PostgresError) {
        var message: [UInt8] = []
        switch command {
        case .listen(let names):
            var sendable: [ChannelName] = []
            for name in names {
                do throws(TrunklineError) {
                    let bytes = try encoding.wireBytes(of: name)
                    message += Array("LISTEN ".utf8) + (try Self.quoted(bytes, name, connection)) + [UInt8(ascii: ";")]
                    sendable.append(name)
                } catch {
                    core.refuse(name, error)
                }
            }
            // All were refused here already: nothing to send, nothing to wait for.
            guard !sendable.isEmpty else { return }
            begin(.listen(sendable), within: Listener.answerTimeout)
        case .unlisten(let names):
            begin(.unlisten(names), within: Listener.answerTimeout)
            for name in names {
                guard let bytes = encoding.encode(name.bytes) else { preconditionFailure("\(name) was listened to") }
                message += Array("UNLISTEN ".utf8) + (try connection.quotedIdentifier(bytes)) + [UInt8(ascii: ";")]
            }
        }
        try connection.send(message)
    }

    private static func quoted(
        _ bytes: [UInt8], _ name: ChannelName, _ connection: borrowing Connection
    ) throws(TrunklineError) -> [UInt8] {
        do throws(PostgresError) {
            return try connection.quotedIdentifier(bytes)
        } catch {
            throw TrunklineError(
                .notRepresentable, "the channel name is no text in the database's encoding: \(error)", channel: name)
        }
    }
}

extension PostgresError {
    /// Nothing about one channel: the session is ending, out of resources, read-only or damaged.
    fileprivate var isOfTheWholeSession: Bool {
        guard let sqlState else { return true }
        return ["08", "25", "53", "57", "58", "XX"].contains(sqlState.prefix(2))
    }
}
