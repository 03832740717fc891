import LibPQ
import Threads

extension Connection {
    /// Writes what there is to write, and sleeps until a result can be taken, or there is none to come because the session is lost.
    ///
    /// - Parameters:
    ///   - wakeUp: has `deadline` asked anew.
    ///   - deadline: how long PostgreSQL may take.
    /// - Throws: `.unanswered` at the deadline, or why the session is lost.
    func awaitResult(_ wakeUp: EventDescriptor, until deadline: () -> MonotonicInstant) throws(PostgresError) {
        var isFlushed = try flush()
        while isBusy {
            let end = deadline()
            let outcome = Poll.wait(on: socket, isWriting: !isFlushed, wakeUp: wakeUp, until: end)
            if outcome.isReadable {
                try consumeInput()
            } else if MonotonicInstant.now >= end {
                throw .unanswered
            }
            isFlushed = try flush()
        }
    }
}

extension PostgresError {
    /// Nothing came back in time.
    static let unanswered = PostgresError(message: "PostgreSQL did not answer in time")

    /// PostgreSQL has said it as it ended the session (class 57, operator intervention), in answer to what was under way.
    var isFarewell: Bool { sqlState?.hasPrefix("57P") ?? false }
}
