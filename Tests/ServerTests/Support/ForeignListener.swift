import LibPQ
import TestSupport
import Threads

/// A stranger's session that listens: what anybody but the server sees. Its calls block.
final class ForeignListener {
    private let connection: Connection
    private let wakeUp: EventDescriptor

    /// Connects, and listens.
    ///
    /// - Parameter channels: names in the encoding of the database.
    init(_ conninfo: String, channels: [[UInt8]]) throws {
        let wakeUp = try EventDescriptor()
        connection = try Self.connect(conninfo, wakeUp)
        self.wakeUp = wakeUp
        var statements: [UInt8] = []
        for channel in channels {
            statements += try Array("LISTEN ".utf8) + connection.quotedIdentifier(channel) + [UInt8(ascii: ";")]
        }
        try connection.send(statements)
        try takeAnswers()
    }

    private static func connect(_ conninfo: String, _ wakeUp: EventDescriptor) throws -> Connection {
        // SQL_ASCII converts nothing, so that the bytes are those of the database.
        let parameters = try ConnectionParameters(dsn: conninfo).setting("client_encoding", to: "SQL_ASCII")
        var connection = try Connection(parameters: parameters)
        let deadline = MonotonicInstant.now + .seconds(20)
        var progress = ConnectProgress.wantsWrite
        while true {
            switch progress {
            case .wantsRead: _ = Poll.wait(on: connection.socket, wakeUp: wakeUp, until: deadline)
            case .wantsWrite:
                _ = Poll.wait(on: connection.socket, isReading: false, isWriting: true, wakeUp: wakeUp, until: deadline)
            case .connected: return connection
            case .failed(let error): throw error
            }
            guard MonotonicInstant.now < deadline else { throw TestSupportError("no session within 20 s") }
            progress = connection.advanceConnecting()
        }
    }

    /// Collects notifications until the last one has this payload, which is dropped.
    func payloads(until last: String, within duration: Duration = .seconds(30)) throws -> [[UInt8]] {
        var payloads: [[UInt8]] = []
        while true {
            let notification = try next(within: duration)
            if notification.payload == Array(last.utf8) { return payloads }
            payloads.append(notification.payload)
        }
    }

    /// The next notification.
    func next(within duration: Duration = .seconds(20)) throws -> DeliveredNotification {
        let deadline = MonotonicInstant.now + duration
        while true {
            if let notification = connection.nextNotification() { return notification }
            try read(until: deadline, "a notification")
        }
    }

    private func takeAnswers() throws {
        let deadline = MonotonicInstant.now + .seconds(20)
        while true {
            _ = try connection.flush()
            while !connection.isBusy {
                guard let result = connection.nextResult() else { return }
                if let error = result.error { throw error }
            }
            try read(until: deadline, "an answer to LISTEN")
        }
    }

    private func read(until deadline: MonotonicInstant, _ what: String) throws {
        let outcome = Poll.wait(on: connection.socket, wakeUp: wakeUp, until: deadline)
        guard outcome.isReadable else { throw TestSupportError("waited in vain for \(what)") }
        try connection.consumeInput()
    }
}
