@testable import Trunkline

/// A reader that goes on with its cursor, poll after poll or stream after stream, and knows what it was owed.
struct SimulatedReader {
    /// Where it is in the life of one request.
    enum Phase: Equatable {
        case away
        /// Not parked, and about to look.
        case running(ReaderID)
        case parked(ReaderID)
        /// Claimed by whoever had something for it, and not yet awake.
        case woken(ReaderID)
        /// Has looked for the last time and found nothing.
        case leaving(ReaderID)
    }

    /// What it was told, per channel.
    private enum Evidence {
        case seen(Int)
        /// A gap, and how many commits there were when it was told.
        case gap(toldAt: Int)
    }

    let channels: [Int]
    /// A stream that announces its arming; else a poll.
    let isStream: Bool
    let limit: Int
    private(set) var phase = Phase.away
    private(set) var cursor: Cursor?
    /// It comes with a cursor that nobody here has given, and has not been told so yet.
    private(set) var isForeign: Bool
    private(set) var complaint: String?

    /// How many commits there were when each of its channels was first armed for it: it is owed all from there on.
    private var armedAt: [Int?]
    private var evidence: [[Evidence]]
    private var lastSeen = -1
    private var reconnectsTold: [Int]
    private let lossesAtBirth: Int

    init(channels: [Int], isStream: Bool, limit: Int, isForeign: Bool, losses: Int) {
        self.channels = channels
        self.isStream = isStream
        self.limit = limit
        self.isForeign = isForeign
        lossesAtBirth = losses
        armedAt = .init(repeating: nil, count: channels.count)
        evidence = .init(repeating: [], count: channels.count)
        reconnectsTold = .init(repeating: 0, count: channels.count)
    }

    var id: ReaderID? {
        switch phase {
        case .away: nil
        case .running(let id), .parked(let id), .woken(let id), .leaving(let id): id
        }
    }

    // MARK: the life of a request

    /// - Parameter lastDelivered: the last commit that had come in before: a new reader has no business with it.
    mutating func come(_ id: ReaderID, lastDelivered: Int) {
        phase = .running(id)
        if cursor == nil, !isForeign { lastSeen = max(lastSeen, lastDelivered) }
    }

    mutating func move(to phase: Phase) {
        self.phase = phase
    }

    mutating func wake() {
        guard case .parked(let id) = phase else {
            complain("woken while \(phase)")
            return
        }
        phase = .woken(id)
    }

    /// Leaves with a cursor, or cut off without one.
    mutating func leave(with cursor: Cursor?) {
        phase = .away
        if let cursor {
            self.cursor = cursor
            // One of no run leaves it owed what it came for.
            if isForeign, cursor.epoch != Cursor.ofNoRun.epoch {
                owedAGap()
                isForeign = false
            }
        } else if self.cursor == nil, !isForeign {
            // It has nothing to go on with: the next one begins anew.
            for place in channels.indices {
                armedAt[place] = nil
                evidence[place] = []
            }
        }
    }

    // MARK: what it is told

    mutating func noteArming(_ isOn: [Bool], commits: Int) {
        guard phase != .away, !isForeign else { return }
        if isStream, cursor == nil {
            guard armedAt.allSatisfy({ $0 == nil }), channels.allSatisfy({ isOn[$0] }) else { return }
            for place in channels.indices { armedAt[place] = commits }
        } else {
            for place in channels.indices where armedAt[place] == nil && isOn[channels[place]] { armedAt[place] = commits }
        }
    }

    mutating func announce(_ cursor: Cursor?) {
        if !isStream { complain("an arming was announced that was not asked for") }
        if let cursor { self.cursor = cursor }
    }

    mutating func see(_ commits: [Int], cursor: Cursor, channelOf: (Int) -> Int) {
        if isForeign { complain("read on with a cursor of another run, and was not told") }
        if commits.count > limit { complain("got \(commits.count), and has asked for \(limit)") }
        for commit in commits {
            if commit <= lastSeen { complain("saw \(commit) after \(lastSeen)") }
            lastSeen = commit
            guard let place = channels.firstIndex(of: channelOf(commit)) else {
                complain("saw \(commit) of a channel that is not its own")
                continue
            }
            evidence[place].append(.seen(commit))
        }
        advance(to: cursor)
    }

    mutating func hear(_ gap: Gap, channels named: [Int], commits: Int, losses: Int) {
        switch gap.reason {
        case .restarted:
            if !isForeign { complain("told of a restart, and has a cursor of this run") }
            if named != channels { complain("told of a restart of \(named) only") }
            isForeign = false
            armedAt = .init(repeating: commits, count: channels.count)
        case .reconnected:
            for channel in named {
                guard let place = channels.firstIndex(of: channel) else { continue }
                reconnectsTold[place] += 1
                if reconnectsTold[place] > losses - lossesAtBirth + 1 {
                    complain("told too often of a reconnect of \(channel)")
                }
            }
        default:
            break
        }
        for channel in named {
            guard let place = channels.firstIndex(of: channel) else {
                complain("told of a gap on \(channel), which is not its own")
                continue
            }
            evidence[place].append(.gap(toldAt: commits))
        }
        if named.isEmpty { complain("told of a gap on no channel") }
        if let after = gap.after, after.position >= gap.id.position { complain("told of a gap from \(after) to \(gap.id)") }
        advance(to: gap.id)
    }

    private mutating func advance(to next: Cursor) {
        if let cursor, cursor.position >= next.position { complain("went from \(cursor) back to \(next)") }
        cursor = next
    }

    /// It was told nothing and has lost all before: each channel owes it a gap.
    private mutating func owedAGap() {
        armedAt = .init(repeating: -1, count: channels.count)
    }

    private mutating func complain(_ complaint: String) {
        if self.complaint == nil { self.complaint = complaint }
    }

    // MARK: the reckoning

    /// What it was owed and did not get: each commit since it was armed is seen, or lies within a gap that was told later
    /// than the commit, at its place in the channel's order.
    func debt(channelsOfCommits: [Int]) -> String? {
        for (place, channel) in channels.enumerated() {
            guard let armed = armedAt[place] else { return "was never armed for \(channel)" }
            let evidence = evidence[place]
            if armed < 0, !(evidence.first.map { if case .gap = $0 { true } else { false } } ?? false) {
                return "came with a cursor of another run and was not told of the loss on \(channel)"
            }
            for commit in max(0, armed)..<max(armed, channelsOfCommits.count) where channelsOfCommits[commit] == channel {
                var isPaid = false
                for item in evidence {
                    if case .seen(let seen) = item {
                        if seen < commit { isPaid = false }
                        if seen == commit { isPaid = true }
                        if seen >= commit { break }
                    } else if case .gap(let toldAt) = item, toldAt > commit {
                        isPaid = true
                    }
                }
                if !isPaid { return "did not get \(commit) on \(channel), armed at \(armed): \(evidence)" }
            }
        }
        return nil
    }
}
