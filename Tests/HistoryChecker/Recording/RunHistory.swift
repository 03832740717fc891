/// Everything that happened in one run, to be judged by `HistoryChecker`.
package struct RunHistory: Sendable {
    /// One notification as somebody saw it who listens to PostgreSQL directly.
    package struct Witnessed: Sendable, Equatable {
        package let channel: String
        package let payload: String

        package init(channel: String, payload: String) {
            self.channel = channel
            self.payload = payload
        }
    }

    package var writings: [Writing]
    /// In the order of the commits.
    package var witnessed: [Witnessed]
    /// Whether the witness saw all that was committed, which it does while its connection lasts.
    package var isWitnessComplete: Bool
    package var readers: [ReaderHistory]

    package init(
        writings: [Writing], witnessed: [Witnessed], isWitnessComplete: Bool = true, readers: [ReaderHistory]
    ) {
        self.writings = writings
        self.witnessed = witnessed
        self.isWitnessComplete = isWitnessComplete
        self.readers = readers
    }
}

/// The notifications that end a run: a reader is done when it has seen one on each of its channels.
package enum Closing {
    package static let prefix = "<end-"

    package static func isClosing(_ payload: String) -> Bool { payload.hasPrefix(prefix) }
}
