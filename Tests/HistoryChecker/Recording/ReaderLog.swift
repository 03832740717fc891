import Threads

/// Where a reader notes what it sees, while others ask how far it is.
package final class ReaderLog: Sendable {
    private struct State {
        var history: ReaderHistory
        var seenChannels: Set<String> = []
        var closedChannels: Set<String> = []
        var isOver = false
    }

    private let state: Locked<State>

    package init(name: String, channels: [String], mayRepeat: Bool = false) {
        state = Locked(State(history: ReaderHistory(name: name, channels: channels, mayRepeat: mayRepeat)))
    }

    package var history: ReaderHistory { state.withLock { $0.history } }

    /// Notes what was read just now.
    package func note(_ what: Sighting.What) {
        let sighting = Sighting(what, at: .now)
        state.withLock { state in
            state.history.sightings.append(sighting)
            guard case .notification(let channel, let payload) = what else { return }
            state.seenChannels.insert(channel)
            if Closing.isClosing(payload) { state.closedChannels.insert(channel) }
        }
    }

    /// Notes that the reader was cut off and comes back.
    package func noteCut() {
        state.withLock { $0.history.cutCount += 1 }
    }

    /// Notes how long a request with a deadline took.
    package func noteRequest(_ duration: Duration) {
        state.withLock { $0.history.longestRequest = max($0.history.longestRequest, duration) }
    }

    /// Whether it has seen, on each of its channels and not before `instant`, a payload that begins so.
    package func hasSeen(_ prefix: String, since instant: MonotonicInstant) -> Bool {
        let sightings = state.withLock { $0.history.sightings }
        var missing = Set(history.channels)
        for sighting in sightings.reversed() {
            guard sighting.instant >= instant else { break }
            if case .notification(let channel, let payload) = sighting.what, payload.hasPrefix(prefix) {
                missing.remove(channel)
            }
        }
        return missing.isEmpty
    }

    /// It has seen something on each of its channels.
    package var hasBegun: Bool { state.withLock { $0.seenChannels.count == $0.history.channels.count } }

    /// It has seen the end on each of its channels.
    package var isDone: Bool { state.withLock { $0.closedChannels.count == $0.history.channels.count } }

    /// It is done, or is to give up.
    package var isOver: Bool { state.withLock { $0.isOver || $0.closedChannels.count == $0.history.channels.count } }

    /// Tells it to give up.
    package func giveUp() {
        state.withLock { $0.isOver = true }
    }
}
