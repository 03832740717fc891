/// Holds deliveries against posts: who was told what, how late, and what is missing.
struct DeliveryBook {
    private(set) var ledger: PostLedger
    private(set) var readers: [ReaderAccount]
    /// For each reader, one for each poster.
    private var windows: [SequenceWindow]
    private let posterCount: Int
    private var counts = DeliveryCounts()
    var latencies = Latencies()
    /// When the last delivery came.
    private(set) var lastDelivery: Int64 = 0

    /// Reader `n` reads channel `n` modulo `channelCount`.
    init(readerCount: Int, posterCount: Int, channelCount: Int) {
        ledger = PostLedger(posterCount: posterCount, channelCount: channelCount)
        readers = (0..<readerCount).map { ReaderAccount(channel: Int32($0 % channelCount)) }
        windows = Array(repeating: SequenceWindow(), count: readerCount * posterCount)
        self.posterCount = posterCount
    }

    var receivedCount: Int { counts.received }
    var establishedCount: Int { readers.count(where: \.isEstablished) }

    mutating func establish(_ reader: Int) {
        readers[reader].isEstablished = true
    }

    mutating func begin(poster: Int, channel: Int, start: Int64) -> Int {
        ledger.begin(poster: poster, channel: channel, start: start)
    }

    mutating func confirm(_ number: Int) {
        ledger.confirm(number)
    }

    /// A post was not confirmed: whoever was told of it was told for nothing.
    mutating func fail(_ number: Int) {
        ledger.fail(number)
        let entry = ledger.entries[number]
        for reader in readers.indices where readers[reader].channel == entry.channel {
            guard windows[reader * posterCount + Int(entry.poster)].contains(entry.ordinal) else { continue }
            readers[reader].receivedCount -= 1
            counts.received -= 1
        }
    }

    mutating func addGap(_ reader: Int) {
        readers[reader].gapCount += 1
        counts.gaps += 1
    }

    /// Notes what a reader has received.
    ///
    /// - Returns: whether it is new to it. A number that was never posted, or to another channel, is a duplicate of nothing
    ///   and counts as one.
    mutating func deliver(_ number: Int, to reader: Int, at now: Int64) -> Bool {
        lastDelivery = now
        guard ledger.entries.indices.contains(number), ledger.entries[number].channel == readers[reader].channel else {
            counts.duplicates += 1
            return false
        }
        let entry = ledger.entries[number]
        switch windows[reader * posterCount + Int(entry.poster)].note(entry.ordinal) {
        case .duplicate:
            counts.duplicates += 1
            return false
        case .late: counts.reordered += 1
        case .fresh: break
        }
        guard !entry.isFailed else { return true }
        readers[reader].receivedCount += 1
        counts.received += 1
        latencies.add(now - entry.start)
        return true
    }

    /// How many deliveries make what was confirmed so far complete.
    var expectedCount: Int {
        readers.reduce(0) { $0 + ($1.isEstablished ? ledger.confirmedCounts[Int($1.channel)] : 0) }
    }

    /// The counts, once nothing more is to come and each post was confirmed or has failed.
    func finalCounts() -> DeliveryCounts {
        var counts = counts
        for reader in readers where reader.isEstablished {
            let missing = max(0, ledger.confirmedCounts[Int(reader.channel)] - reader.receivedCount)
            counts.missing += missing
            if reader.gapCount > 0 { counts.missingDeclared += missing }
        }
        return counts
    }
}
