import Threads

/// Where all writers note what they wrote.
package final class WritingLog: Sendable {
    private let state = Locked<[Writing]>([])

    package init() {}

    package var writings: [Writing] { state.withLock { $0 } }

    package var count: Int { state.withLock { $0.count } }

    /// Posts something and notes it with the times before and after.
    ///
    /// - Parameters:
    ///   - payloads: each with its serial; all go together, or none.
    ///   - post: does it, and says how it went.
    package func write(
        _ payloads: [(channel: String, payload: String, serial: Int)], by writer: String, _ post: () -> Writing.Outcome
    ) {
        let invoked = MonotonicInstant.now
        let outcome = post()
        let finished = MonotonicInstant.now
        let writings = payloads.map { item in
            Writing(
                channel: item.channel, payload: item.payload, writer: writer, serial: item.serial, invoked: invoked,
                finished: finished, outcome: outcome)
        }
        state.withLock { $0 += writings }
    }
}
