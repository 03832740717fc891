import Threads

/// Many connections are made, some at a time.
extension Engine {
    /// How many may be on their way at once: more would overrun what a server lets wait to be accepted.
    private static let connectingMax = 256
    /// How long nothing may happen.
    private static let patience: Int64 = 15_000_000_000

    /// Connects links until `isSettled` says that it is done with them, or nothing happens any more.
    ///
    /// - Returns: when the last one was connected.
    /// - Throws: `BenchError.unreachable` when the server never takes one.
    mutating func open<Opened: Load>(
        _ links: Range<Int>, _ load: inout Opened, settledCount: (Opened) -> Int
    ) throws(BenchError) -> Int64 {
        var next = links.lowerBound
        var lastChange = MonotonicInstant.now.nanoseconds
        var lastConnected = lastChange
        var seen = (next: 0, settled: 0)
        while !isStopping, next < links.upperBound || connectingCount > 0 || settledCount(load) < links.count {
            while next < links.upperBound, connectingCount < Self.connectingMax {
                connect(next)
                next += 1
            }
            step(until: MonotonicInstant.now.nanoseconds + 20_000_000, &load)
            if !hasConnected, let failure = faults.connectFailure { throw .unreachable(failure) }
            if next < links.upperBound || connectingCount > 0 { lastConnected = now }
            let state = (next: next, settled: settledCount(load))
            if state != seen {
                seen = state
                lastChange = now
            }
            guard now - lastChange < Self.patience else { break }
        }
        if !hasConnected, !isStopping { throw .unreachable("nobody answers") }
        return lastConnected
    }
}
