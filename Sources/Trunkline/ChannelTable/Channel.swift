import Threads

/// One channel that somebody reads, or read until a moment ago.
struct Channel {
    /// What PostgreSQL was told, and has confirmed.
    enum Status: Sendable {
        /// Nothing was sent.
        case off
        /// LISTEN was sent and is not confirmed yet.
        case listening
        /// LISTEN is confirmed: every notification that commits from now on arrives.
        case on
        /// UNLISTEN was sent and is not confirmed yet.
        case unlistening
    }

    /// What put the floor where it stands.
    enum FloorOrigin: Sendable {
        /// LISTEN was confirmed there.
        case listening
        /// A notification was dropped there.
        case dropped
        /// The loss of the connection was told there, and that entry was dropped.
        case reconnected
    }

    let name: ChannelName
    /// The table has forgotten it, and its place is free.
    private(set) var isForgotten = false
    var status = Status.off
    /// How many readers are attached, parked or not.
    var readerCount = 0
    /// When it may be unlistened, once nobody reads it.
    var lingersUntil: MonotonicInstant?
    /// It was listened to when the connection was lost: the next confirmation tells a gap.
    var isLost = false
    /// It was in a batch that PostgreSQL refused as a whole: the next LISTEN goes alone, to find the culprit.
    var listensAlone = false

    var history = History()
    /// A cursor at or above the floor is complete; below it there is a gap at the floor. Set when LISTEN is confirmed, raised by
    /// each entry that is dropped.
    var floor: UInt64 = 0
    var floorOrigin = FloorOrigin.listening
    /// When the last entry that was dropped had come.
    private(set) var lastDropped: MonotonicInstant?
    /// The position taken when LISTEN was last confirmed: that of the floor, or of the gap of a reconnect.
    var confirmedPosition: UInt64 = 0
    /// The position of the last notification; 0 if there was none.
    var lastPosition: UInt64 = 0

    var waiters = WaiterQueue()

    init(name: ChannelName) {
        self.name = name
    }

    /// Somebody reads it, or may come back in a moment.
    var isWanted: Bool { readerCount > 0 || lingersUntil != nil }

    /// Drops the oldest entry; readers below it have a gap from now on.
    mutating func dropOldest() {
        guard let entry = history.dropFirst() else { return }
        floor = entry.position
        lastDropped = entry.arrival
        switch entry.content {
        case .notification: floorOrigin = .dropped
        case .reconnected: floorOrigin = .reconnected
        }
    }

    /// Frees all it holds; its place is taken by another one later.
    mutating func forget() {
        self = Channel(name: name)
        isForgotten = true
    }

    mutating func dropWhatIsOver(_ bounds: History.Bounds, now: MonotonicInstant) {
        while history.isOver(bounds, now: now) { dropOldest() }
    }
}
