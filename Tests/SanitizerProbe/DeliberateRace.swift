import Threads

/// Two threads that count in one place without a lock.
enum DeliberateRace {
    private final class Counter: @unchecked Sendable {
        // Not sendable at all: that is the point.
        var count = 0
    }

    static func run() {
        let counter = Counter()
        let threads = (0..<2).map { number in
            NamedThread("racer \(number)") {
                for _ in 0..<10_000_000 { counter.count += 1 }
            }
        }
        threads.forEach { $0.join() }
        print("counted to \(counter.count)")
    }
}
