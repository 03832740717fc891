import Testing
import Threads

@testable import MicroHTTPD

@Suite("The phase of a detached client")
struct DetachedPhaseTests {
    @Test("one that is queued, or runs, is not queued again; what comes while it runs has it look once more")
    func waking() {
        let phase = DetachedPhase()
        let beginning = [phase.wake(), phase.wake()]
        #expect(beginning == [false, false], "it begins in the queue")
        let running = [phase.run(), phase.wake(), phase.wake()]
        #expect(running == [true, false, false])
        let end = [phase.sleep(), phase.sleep()]
        #expect(end == [false, true], "it was woken")
        let again = [phase.wake(), phase.wake(), phase.run(), phase.sleep()]
        #expect(again == [true, false, true, true])
    }

    @Test("one that begins asleep is queued by the first who wakes it")
    func asleep() {
        let phase = DetachedPhase(isQueued: false)
        let woken = [phase.wake(), phase.wake(), phase.run(), phase.sleep()]
        #expect(woken == [true, false, true, true])
    }

    @Test("one that is put back into the queue runs again, also for what woke it meanwhile, and is queued once")
    func requeue() {
        let phase = DetachedPhase()
        let running = [phase.run(), phase.wake()]
        phase.requeue()
        let again = [phase.wake(), phase.run(), phase.sleep(), phase.wake()]
        #expect(running == [true, false])
        #expect(again == [false, true, true, true])
    }

    @Test("one that is over neither runs nor is queued")
    func closed() {
        let phase = DetachedPhase()
        let before = phase.isClosed
        phase.close()
        let after = [phase.isClosed, phase.wake(), phase.run(), phase.isClosed]
        #expect(!before)
        #expect(after == [true, false, false, true])
    }

    @Test("no wake-up is lost between threads: each is seen by a run that begins after it")
    func race() throws {
        final class Shared: Sendable {
            let phase = DetachedPhase()
            let queued = Locked(1)
            let posted = Locked(0)
        }
        let shared = Shared()
        let count = 200_000
        let waker = NamedThread("waker") {
            for _ in 0..<count {
                shared.posted.withLock { $0 += 1 }
                if shared.phase.wake() { shared.queued.withLock { $0 += 1 } }
            }
        }
        var seen = 0
        let deadline = MonotonicInstant.now + .seconds(30)
        while seen < count, MonotonicInstant.now < deadline {
            let isQueued = shared.queued.withLock { queued in
                defer { queued = 0 }
                precondition(queued <= 1, "it is queued twice")
                return queued == 1
            }
            guard isQueued, shared.phase.run() else { continue }
            repeat { seen = shared.posted.withLock { $0 } } while !shared.phase.sleep()
        }
        waker.join()
        #expect(seen == count)
    }
}
