import Threads

/// What a worker has put off to the end of its turn, or of one that follows at once: more may gather, and costs less together.
struct PostponedWork {
    /// How long it may wait for more, while one turn follows another at once.
    static let gatheringTime = Duration.microseconds(250)
    /// So much of it waits no longer.
    static let gatheredCountMax = 32

    /// A closure on its own would be wrapped in another by the array.
    struct Action {
        let run: () -> Void
    }

    private var gathered: [Action] = []
    /// Until when it waits at the most, once it does.
    private var gatheringEnd: MonotonicInstant?
    /// What waits for the end of the turn in which the clients are read from that had come by the end of the last one.
    private var overdue: [Action] = []

    /// Whether nothing gathers; there may still be something overdue.
    var isEmpty: Bool { gathered.isEmpty }

    mutating func add(_ run: @escaping () -> Void) {
        gathered.append(Action(run: run))
    }

    /// Whether what has gathered is to be run at the end of this turn.
    ///
    /// - Parameter mayWait: whether another turn follows at once, which may bring more.
    mutating func isDue(mayWait: Bool, at now: MonotonicInstant) -> Bool {
        guard !gathered.isEmpty else { return false }
        if mayWait, gathered.count < Self.gatheredCountMax {
            let end = gatheringEnd ?? now + Self.gatheringTime
            gatheringEnd = end
            if now < end { return false }
        }
        gatheringEnd = nil
        return true
    }

    /// What has gathered; what it puts off in its turn gathers anew.
    mutating func take() -> [Action] {
        defer { gathered.removeAll(keepingCapacity: true) }
        return gathered
    }

    /// Has what has gathered wait for the end of the next turn, whatever comes in it. What was put off so before must have been taken.
    mutating func putOff() {
        swap(&overdue, &gathered)
    }

    /// What was put off in the last turn.
    mutating func takeOverdue() -> [Action] {
        let taken = overdue
        overdue = []
        return taken
    }
}
