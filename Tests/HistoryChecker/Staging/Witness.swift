import LibPQ
import TestSupport
import Threads

/// Somebody who listens to PostgreSQL directly: what it hears is what was committed, in the order of the commits.
package final class Witness: Sendable {
    private struct State {
        var witnessed: [RunHistory.Witnessed] = []
        var isListening = false
        var lossCount = 0
        var isStopping = false
    }

    private let state = Locked(State())
    private let wakeUp: EventDescriptor
    private let parameters: ConnectionParameters
    private let channels: [String]

    /// Begins to listen, and returns when it does.
    package init(_ channels: [String], database: String) throws {
        self.channels = channels
        // It stays, whatever the database has for its sessions.
        parameters = try ConnectionParameters(dsn: database).setting("application_name", to: "witness")
            .setting("options", to: "-c idle_session_timeout=0")
        wakeUp = try EventDescriptor()
        let thread = NamedThread("witness") { [self] in run() }
        defer { withExtendedLifetime(thread) {} }
        try blockUntil("the witness listens") { state.withLock { $0.isListening } }
    }

    /// Everything so far.
    package var witnessed: [RunHistory.Witnessed] { state.withLock { $0.witnessed } }

    /// It has never lost its connection.
    package var isComplete: Bool { state.withLock { $0.lossCount == 0 } }

    /// Ends its thread.
    package func stop() {
        state.withLock { $0.isStopping = true }
        wakeUp.signal()
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func run() {
        while !isStopping {
            do throws(PostgresError) {
                try listen()
            } catch {
                state.withLock { state in
                    if state.isListening { state.lossCount += 1 }
                    state.isListening = false
                }
                _ = Poll.wait(on: nil, wakeUp: wakeUp, until: .now + .milliseconds(20))
            }
        }
    }

    private func listen() throws(PostgresError) {
        let connection = try connect()
        let names = channels.map { "LISTEN \"\($0.replacing("\"", with: "\"\""))\";" }.joined()
        try connection.send(names)
        while !isStopping {
            _ = try connection.flush()
            take(connection)
            while !connection.isBusy, let result = connection.nextResult() {
                if let error = result.error { throw error }
                state.withLock { $0.isListening = true }
            }
            _ = Poll.wait(on: connection.socket, wakeUp: wakeUp, until: .now + .seconds(1))
            do throws(PostgresError) {
                try connection.consumeInput()
            } catch {
                take(connection)
                throw error
            }
        }
    }

    private func connect() throws(PostgresError) -> Connection {
        var connection = try Connection(parameters: parameters)
        var progress = ConnectProgress.wantsWrite
        while progress != .connected {
            if case .failed(let error) = progress { throw error }
            let isWriting = progress == .wantsWrite
            _ = Poll.wait(
                on: connection.socket, isReading: !isWriting, isWriting: isWriting, wakeUp: wakeUp, until: .now + .seconds(5))
            progress = connection.advanceConnecting()
        }
        return connection
    }

    private func take(_ connection: borrowing Connection) {
        while let notification = connection.nextNotification() {
            let seen = RunHistory.Witnessed(
                channel: String(decoding: notification.channel, as: UTF8.self),
                payload: String(decoding: notification.payload, as: UTF8.self))
            state.withLock { $0.witnessed.append(seen) }
        }
    }
}
