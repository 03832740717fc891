import Testing
import Threads

@testable import MicroHTTPD

@Suite("Postponed work")
struct PostponedWorkTests {
    private static let start = MonotonicInstant(nanoseconds: 1_000_000_000_000)

    private static func work(_ count: Int) -> PostponedWork {
        var work = PostponedWork()
        for _ in 0..<count { work.add {} }
        return work
    }

    @Test("what there is runs at the end of a turn that no other follows at once")
    func alone() {
        var work = Self.work(1)
        let isDue = work.isDue(mayWait: false, at: Self.start)
        #expect(isDue)
    }

    @Test("nothing is never due")
    func nothing() {
        var work = PostponedWork()
        let isDue = work.isDue(mayWait: false, at: Self.start)
        #expect(!isDue)
    }

    @Test("while turns follow it gathers for 250 µs from its first turn on, and not longer")
    func time() {
        var work = Self.work(1)
        let end = Self.start + PostponedWork.gatheringTime
        let first = work.isDue(mayWait: true, at: Self.start)
        work.add {}
        let justBefore = work.isDue(mayWait: true, at: MonotonicInstant(nanoseconds: end.nanoseconds - 1))
        let atTheEnd = work.isDue(mayWait: true, at: end)
        #expect(!first && !justBefore && atTheEnd)
        #expect(PostponedWork.gatheringTime == .microseconds(250))
        // What comes after that waits as long once more.
        _ = work.take()
        work.add {}
        let next = work.isDue(mayWait: true, at: end)
        #expect(!next)
    }

    @Test("32 wait for no more")
    func count() {
        #expect(PostponedWork.gatheredCountMax == 32)
        var few = Self.work(31)
        let fewAreDue = few.isDue(mayWait: true, at: Self.start)
        few.add {}
        let enoughAreDue = few.isDue(mayWait: true, at: Self.start)
        #expect(!fewAreDue && enoughAreDue)
    }

    @Test("what is taken runs once, in order, and what it puts off gathers anew")
    func taking() {
        final class Record { var work = PostponedWork(), ran: [Int] = [] }
        let record = Record()
        record.work.add { record.ran.append(1) }
        record.work.add { record.work.add { record.ran.append(3) } }
        record.work.add { record.ran.append(2) }
        for action in record.work.take() { action.run() }
        #expect(record.ran == [1, 2])
        #expect(!record.work.isEmpty)
        for action in record.work.take() { action.run() }
        #expect(record.ran == [1, 2, 3])
        #expect(record.work.isEmpty)
    }

    @Test("what is put off to the next turn is taken there once, before what gathers in it")
    func puttingOff() {
        var work = Self.work(2)
        work.putOff()
        #expect(work.isEmpty)
        work.add {}
        #expect(work.takeOverdue().count == 2)
        #expect(work.takeOverdue().isEmpty)
        #expect(work.take().count == 1)
    }
}
