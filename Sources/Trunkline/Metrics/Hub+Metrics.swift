import Threads

extension Hub {
    /// Shows the metrics what changes too often to be told each time: readers, channels, bytes kept.
    ///
    /// Called before somebody looks at the metrics; takes the table's lock once.
    package func sample() {
        core.metrics.show(core.table.withLock { $0.figures })
    }

    /// Tells the metrics what a reader has just got.
    ///
    /// - Parameter position: where the table stood when the reader came.
    func measure(_ look: ChannelTable<any Wakeable>.Look, byReaderSince position: UInt64, now: MonotonicInstant) {
        switch look {
        case .notifications(let entries, _):
            let oldest = entries[0]
            core.metrics.handedOver(entries.count, heardAt: oldest.position > position ? oldest.arrival : nil, now: now)
        case .gap(let gap): core.metrics.told(gap.reason)
        case .armed, .nothing, .failed: break
        }
    }
}
