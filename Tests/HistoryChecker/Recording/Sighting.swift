import Threads

/// One thing a reader was told, and when.
package struct Sighting: Sendable, Equatable {
    /// What it was.
    package enum What: Sendable, Equatable {
        /// From here on it is promised everything.
        case armed
        case notification(channel: String, payload: String)
        /// A loss.
        ///
        /// - channels: `nil` stands for all that the reader reads.
        /// - id: the cursor after it, where the reader is told one.
        case gap(reason: String, channels: [String]?, id: String?)
    }

    package let what: What
    /// After it was read, so at the earliest when it was told.
    package let instant: MonotonicInstant

    package init(_ what: What, at instant: MonotonicInstant) {
        self.what = what
        self.instant = instant
    }
}
