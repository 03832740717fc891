import CAllocationCount
import Threads

/// Times a piece of pure code and counts its allocations.
enum Measurement {
    private static let batchCount = 15

    /// Prints a line: the median of some batches, for one unit.
    ///
    /// - Parameters:
    ///   - unitCount: units of work in one run of `body`.
    ///   - body: its result is kept from being optimised away.
    static func print<Result>(_ name: String, unitCount: Int = 1, _ body: () throws -> Result) rethrows {
        // So long that the clock does not count.
        var repetitions = 1
        while try time(repetitions, body).nanoseconds < 20_000_000 { repetitions *= 2 }
        var times: [Double] = []
        var allocations: [Double] = []
        for _ in 0..<batchCount {
            let (nanoseconds, count) = try time(repetitions, body)
            times.append(Double(nanoseconds) / Double(repetitions * unitCount))
            allocations.append(Double(count) / Double(repetitions * unitCount))
        }
        let (time, allocation) = (times.sorted()[batchCount / 2], allocations.sorted()[batchCount / 2])
        Swift.print("| \(name) | \(Int(time.rounded())) | \((allocation * 100).rounded() / 100) |")
    }

    private static func time<Result>(
        _ repetitions: Int, _ body: () throws -> Result
    ) rethrows -> (nanoseconds: Int64, allocations: UInt) {
        let allocations = allocation_count()
        let start = MonotonicInstant.now.nanoseconds
        for _ in 0..<repetitions { keep(try body()) }
        return (MonotonicInstant.now.nanoseconds - start, allocation_count() - allocations)
    }

    @inline(never)
    private static func keep<Value>(_ value: Value) {}
}
