/// Somebody who reads one or more channels from a place of its own: a held poll, a stream, a waiting task.
///
/// While it has nothing to read it is parked as a waiter in the queue of each of its channels.
struct Reader<Owner: Sendable>: Sendable {
    /// One of the reader's channels.
    struct Interest: Sendable {
        let channel: Int
        /// The reader came without a cursor before LISTEN was confirmed: what was lost before that is none of its business.
        var isStarting: Bool
        /// Floors and gaps up to this position need not be told.
        var knownFloor: UInt64 = 0
    }

    let owner: Owner
    /// Of its kind, in the table's tally.
    let kindNumber: Int
    var interests: [Interest]
    /// All up to this position was handed out, or told as lost, or was before the reader's time.
    var cursor: UInt64
    /// The cursor it came with was none of this run; the gap is told as soon as all channels are confirmed.
    var isRestarted: Bool
    /// Where that gap stands, if the reader was told before that all channels are confirmed.
    var restartPosition: UInt64?
    /// It came with a cursor: what was lost since then is told as soon as that is known.
    let hasCursor: Bool
    /// It wants to know when all its channels are confirmed.
    var announcesArming: Bool
    /// The table's position when it came: what it misses from after that it was too slow for.
    let arrival: UInt64
    /// The ticket of its place in the queues; 0 while it is not parked.
    var ticket: UInt64 = 0
    /// Parked until a confirmation, too, and not only until the next notification.
    var awaitsConfirmation = false
    /// It was parked because there was nothing after its cursor, so what wakes it comes next.
    var isCaughtUp = false
    /// The entry that woke it: handed over even if the history has dropped it before the reader looked.
    var wokenBy: Entry?
    /// Why it cannot go on.
    var failure: TrunklineError?
}

/// Names a reader of one table; void once the reader is detached.
package struct ReaderID: Hashable, Sendable {
    let slot: Int
    let generation: UInt32
}
