/// Every post of a run by its number: what a reader must be told, and since when.
struct PostLedger {
    /// One post.
    struct Entry {
        /// From when its latency counts, in nanoseconds.
        let start: Int64
        let poster: Int32
        let channel: Int32
        /// Its place among the posts of its poster to its channel.
        let ordinal: UInt32
        /// It was answered with anything but a confirmation: it may have been delivered, and need not be.
        fileprivate(set) var isFailed = false
    }

    private(set) var entries: [Entry] = []
    /// Posts that the server confirmed, by channel.
    private(set) var confirmedCounts: [Int]
    private var ordinals: [UInt32]
    private let channelCount: Int

    init(posterCount: Int, channelCount: Int) {
        self.channelCount = channelCount
        confirmedCounts = Array(repeating: 0, count: channelCount)
        ordinals = Array(repeating: 0, count: posterCount * channelCount)
        // Address space until it is used.
        entries.reserveCapacity(1 << 20)
    }

    var confirmedCount: Int { confirmedCounts.reduce(0, +) }

    /// Notes a post that is about to be sent, and numbers it.
    mutating func begin(poster: Int, channel: Int, start: Int64) -> Int {
        let place = poster * channelCount + channel
        entries.append(
            Entry(start: start, poster: Int32(poster), channel: Int32(channel), ordinal: ordinals[place]))
        ordinals[place] += 1
        return entries.count - 1
    }

    mutating func confirm(_ number: Int) {
        confirmedCounts[Int(entries[number].channel)] += 1
    }

    mutating func fail(_ number: Int) {
        entries[number].isFailed = true
    }
}
