/// What a table holds at one moment, in numbers.
struct TableFigures: Sendable, Equatable {
    /// Readers that are attached, parked or not.
    let readerCounts: [ReaderKind: Int]
    /// Channels that are read, or linger.
    let channelCount: Int
    let historyByteCount: Int
}

extension ChannelTable {
    /// The figures of this moment, for the same price whatever the table holds.
    var figures: TableFigures {
        TableFigures(readerCounts: readerTally.counts, channelCount: indexes.count, historyByteCount: historyByteCount)
    }
}
