/// PostgreSQL as one listening session sees it: commits in one order, a command that takes effect at some moment before it
/// is answered, and a wire on which answers and notifications are under way.
struct SimulatedPostgres {
    /// What comes over the wire.
    enum Output {
        /// The commit with this number has notified a channel that was listened to just then.
        case notification(Int)
        /// The command under way has been answered.
        case answered
        /// The command under way has been refused.
        case refused
    }

    /// What the session was told to do.
    enum Request {
        case listen([Int])
        case unlisten([Int])
    }

    private enum Progress {
        case sent(Request)
        case done
    }

    /// The channel of each commit.
    private(set) var channelsOfCommits: [Int] = []
    private(set) var isConnected = true
    private(set) var lossCount = 0
    private(set) var wire: [Output] = []
    private var isListening: [Bool]
    private var progress: Progress?

    init(channelCount: Int) {
        isListening = [Bool](repeating: false, count: channelCount)
    }

    var commitCount: Int { channelsOfCommits.count }

    var hasNothingToDo: Bool { wire.isEmpty && progress == nil }

    var listensToNothing: Bool { !isListening.contains(true) }

    mutating func commit(on channel: Int) {
        if isConnected, isListening[channel] { wire.append(.notification(commitCount)) }
        channelsOfCommits.append(channel)
    }

    mutating func send(_ request: Request) {
        precondition(progress == nil && isConnected, "one command at a time, in a session")
        progress = .sent(request)
    }

    /// Goes one step on with the command under way: first it takes effect, then it is answered.
    mutating func work(refuses: Bool = false) {
        switch progress {
        case .sent(.listen) where refuses:
            wire.append(.refused)
            progress = nil
        case .sent(.listen(let channels)):
            for channel in channels { isListening[channel] = true }
            progress = .done
        case .sent(.unlisten(let channels)):
            for channel in channels { isListening[channel] = false }
            progress = .done
        case .done:
            wire.append(.answered)
            progress = nil
        case nil: break
        }
    }

    mutating func read(_ count: Int) -> [Output] {
        if wire.isEmpty { return [] }
        let outputs = Array(wire.prefix(count))
        wire.removeFirst(outputs.count)
        return outputs
    }

    mutating func lose() {
        isConnected = false
        lossCount += 1
        wire = []
        progress = nil
        for channel in isListening.indices { isListening[channel] = false }
    }

    mutating func connect() {
        isConnected = true
    }
}
