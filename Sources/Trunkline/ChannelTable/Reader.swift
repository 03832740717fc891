/// Somebody who reads one or more channels from a place of its own: a held poll, a stream, a waiting task.
///
/// While it has nothing to read it is parked as a waiter in the queue of each of its channels. The table keeps readers in
/// places that are used again, and works on them there.
struct Reader<Owner: Sendable>: Sendable {
    /// One of the reader's channels.
    struct Interest: Sendable {
        let channel: Int
        /// The reader came without a cursor before LISTEN was confirmed: what was lost before that is none of its business.
        var isStarting: Bool
        /// Floors and gaps up to this position need not be told.
        var knownFloor: UInt64 = 0
    }

    /// Grows when the reader leaves, so that its id finds nobody from then on.
    private(set) var generation: UInt32
    /// Whom to wake; `nil` once it has left, and its place is free.
    private(set) var owner: Owner?
    /// Of its kind, in the table's tally.
    let kindNumber: Int
    var interests: [Interest]
    /// All up to this position was handed out, or told as lost, or was before the reader's time.
    var cursor: UInt64
    /// The cursor it came with was none of this run; the gap is told as soon as all channels are confirmed.
    var isRestarted = false
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
    /// While it is parked: until a confirmation, too, and not only until the next notification.
    var awaitsConfirmation = false
    /// While it is parked: there was nothing after its cursor, so what wakes it comes next.
    var isCaughtUp = false
    /// The entry that woke it: handed over even if the history has dropped it before the reader looked.
    var wokenBy: Entry?
    /// Why it cannot go on.
    var failure: TrunklineError?

    init(
        generation: UInt32, owner: Owner, kindNumber: Int, interests: [Interest], hasCursor: Bool, announcesArming: Bool,
        arrival: UInt64
    ) {
        self.generation = generation
        self.owner = owner
        self.kindNumber = kindNumber
        self.interests = interests
        cursor = arrival
        self.hasCursor = hasCursor
        self.announcesArming = announcesArming
        self.arrival = arrival
    }

    /// Frees all it holds.
    mutating func leave() {
        generation &+= 1
        owner = nil
        interests = []
        wokenBy = nil
        failure = nil
    }
}

/// Names a reader of one table; void once the reader is detached.
package struct ReaderID: Hashable, Sendable {
    let slot: Int
    let generation: UInt32
}
