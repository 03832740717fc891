import Threads

/// What the listener has received goes into the history, and wakes who waits for it.
extension ChannelTable {
    /// One notification as it came over the connection.
    package struct Arrival: Sendable {
        let channel: ChannelName
        let payload: Payload
    }

    /// Takes what one reading of the socket has brought, in its order.
    ///
    /// - Parameters:
    ///   - milliseconds: the wall clock, milliseconds since 1970, to be shown and not to be reckoned with.
    /// - Returns: the readers to wake, each once.
    package mutating func deliver(_ arrivals: [Arrival], milliseconds: Int64, now: MonotonicInstant) -> [Owner] {
        var owners: [Owner] = []
        for arrival in arrivals {
            // Nobody wants it any more: it was on its way when UNLISTEN was sent.
            guard let index = indexes[arrival.channel] else { continue }
            // A notification in answer to a LISTEN proves that it holds, before its confirmation is read.
            if channels[index].status == .listening { arm(index, at: takePosition(), now: now, waking: &owners) }
            let position = takePosition()
            let notification = Notification(
                id: cursor(at: position), channel: arrival.channel, payload: arrival.payload,
                receivedMilliseconds: milliseconds)
            channels[index].lastPosition = position
            let renderings = Renderings()
            let entry = Entry(
                position: position, content: .notification(notification), arrival: now, renderings: renderings)
            recentRenderings.append(renderings, byteCount: entry.byteCount)
            append(entry, to: index, now: now, waking: &owners)
        }
        return owners
    }

    /// Adds an entry, wakes all who are parked on the channel, and keeps the bounds.
    mutating func append(_ entry: Entry, to index: Int, now: MonotonicInstant, waking owners: inout [Owner]) {
        let before = channels[index].history.byteCount
        channels[index].history.append(entry)
        channels[index].dropWhatIsOver(limits.history, now: now)
        historyByteCount += channels[index].history.byteCount - before
        while historyByteCount > limits.historyByteCountTotal {
            if let number = longestWithoutReader {
                giveUp(number)
            } else {
                guard !channels[index].history.entries.isEmpty else { break }
                historyByteCount -= channels[index].history.entries[0].byteCount
                channels[index].dropOldest()
            }
        }
        wake(index, with: entry, waking: &owners)
    }

    private var longestWithoutReader: Int? { lingering.firstNumber.map { Int($0) } }
}
