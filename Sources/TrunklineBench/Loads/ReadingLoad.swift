import Threads

/// A load with readers, which are its first links.
protocol ReadingLoad: Load {
    var readers: Readers { get }
}

extension Engine {
    /// Makes the readers' connections and waits until each was let in or refused.
    mutating func openReaders(_ load: inout some ReadingLoad) throws(BenchError) -> BenchResult.Opening {
        let start = MonotonicInstant.now.nanoseconds
        let connected = try open(0..<load.readers.count, &load) { $0.readers.settledCount }
        return BenchResult.Opening(
            askedCount: load.readers.count, establishedCount: load.readers.book.establishedCount,
            connectSeconds: Double(connected - start) / 1e9, settleSeconds: Double(now - connected) / 1e9)
    }

    /// Serves what comes, and nothing else, for a time.
    mutating func rest(for duration: Duration, _ load: inout some Load) {
        let end = now + duration.nanoseconds
        while now < end, !isStopping { step(until: end, &load) }
    }
}
