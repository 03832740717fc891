import Testing

@testable import Threads

@Suite("Locked state and named threads")
struct LockedTests {
    private struct Refusal: Error {}

    @Test("threads that count under the lock lose nothing, and joining waits for all of them")
    func counting() {
        let count = Locked(0)
        let threads = (0..<4).map { number in
            NamedThread("count \(number)") {
                for _ in 0..<20_000 { count.withLock { $0 += 1 } }
            }
        }
        for thread in threads { thread.join() }
        threads[0].join()
        #expect(count.withLock { $0 } == 80_000)
    }

    @Test("an error leaves the lock free and the state as it was when it was thrown")
    func throwing() {
        let state = Locked(1)
        #expect(throws: Refusal.self) {
            try state.withLock { (state: inout Int) throws(Refusal) in
                state = 2
                throw Refusal()
            }
        }
        #expect(state.withLock { $0 } == 2)
    }

    @Test("instants and durations neither overflow nor lose sign")
    func arithmetic() {
        let instant = MonotonicInstant(nanoseconds: 5)
        #expect(instant + .seconds(Int64.max) == MonotonicInstant(nanoseconds: .max))
        #expect(instant - MonotonicInstant(nanoseconds: 7) == .nanoseconds(-2))
        #expect(Duration.milliseconds(-1500).nanoseconds == -1_500_000_000)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
    }
}
