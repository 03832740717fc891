/// When an `EventSource` is to come back: jittered, so that 5,000 of them do not come at once.
enum RetryDelay {
    /// The range, in milliseconds.
    static let milliseconds = 1_000...3_000

    static func random() -> Int {
        Int.random(in: milliseconds)
    }
}
