import Threads

/// One notification that a writer posted, or tried to.
package struct Writing: Sendable, Equatable {
    /// What the writer was told.
    package enum Outcome: Sendable, Equatable {
        /// 200, or COMMIT: it is committed.
        case acknowledged
        /// 503, or the server never got it: it is certainly not committed.
        case notPosted
        /// 504, or the connection broke: nobody told.
        case unknown
    }

    package let channel: String
    /// Unlike every other payload of the run.
    package let payload: String
    /// Who wrote it, one thing after the other.
    package let writer: String
    /// Its place among all that the writer wrote; grows.
    package let serial: Int
    /// Just before it was sent.
    package let invoked: MonotonicInstant
    /// Just after the answer had come.
    package let finished: MonotonicInstant
    package let outcome: Outcome

    package init(
        channel: String, payload: String, writer: String, serial: Int, invoked: MonotonicInstant, finished: MonotonicInstant,
        outcome: Outcome
    ) {
        self.channel = channel
        self.payload = payload
        self.writer = writer
        self.serial = serial
        self.invoked = invoked
        self.finished = finished
        self.outcome = outcome
    }
}
