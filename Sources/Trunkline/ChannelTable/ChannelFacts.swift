/// What there is to know of one channel, for an operator.
package struct ChannelFacts: Sendable, Equatable {
    package let name: ChannelName
    /// Requests and tasks that read it, waiting or not.
    package let readerCount: Int
    /// Notifications and gaps in its history.
    package let keptCount: Int
    package let keptByteCount: Int
    /// The position of its last notification; 0 if there was none since it is listened to.
    package let position: UInt64
    /// A cursor at or above it is complete.
    package let floor: UInt64
    /// PostgreSQL has confirmed the LISTEN.
    package let isListening: Bool
}

extension ChannelTable {
    /// All channels, by name.
    package var facts: [ChannelFacts] {
        channels.filter { !$0.isForgotten }.map { channel in
            ChannelFacts(
                name: channel.name, readerCount: channel.readerCount, keptCount: channel.history.entries.count,
                keptByteCount: channel.history.byteCount, position: channel.lastPosition, floor: channel.floor,
                isListening: channel.status == .on)
        }.sorted { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    }
}
