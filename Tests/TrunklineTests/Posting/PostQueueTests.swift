import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("Posts that wait for their turn")
struct PostQueueTests {
    let recorder = PostRecorder()
    let timekeeper: Timekeeper
    let queue: PostQueue

    init() throws {
        timekeeper = try Timekeeper()
        queue = PostQueue(timekeeper: timekeeper)
    }

    @Test("they are taken in the order in which they came, and the poster is woken only while it sleeps")
    func order() {
        defer { timekeeper.stop() }
        #expect(queue.append(recorder.post(1, [("a", "1")])) == true)
        #expect(queue.append(recorder.post(2, [("a", "2")])) == false)
        #expect(queue.takeBatch().segments.flatMap(\.posts).flatMap(\.items).map(\.payload.description) == ["1", "2"])
        #expect(queue.isEmpty)
        // Its batch is under way: it looks again by itself.
        #expect(queue.append(recorder.post(3, [("a", "3")])) == false)
        #expect(queue.takeBatch().itemCount == 1)
        #expect(queue.takeBatch().isEmpty)
        #expect(queue.append(recorder.post(4, [("a", "4")])) == true)
    }

    @Test("what does not fit into a batch stays for the next one")
    func batches() {
        defer { timekeeper.stop() }
        for number in 0..<1_500 { _ = queue.append(recorder.post(number, [("a", Payload(stringLiteral: "\(number)"))])) }
        #expect(queue.takeBatch().itemCount == 1_000)
        #expect(queue.takeBatch().itemCount == 500)
    }

    @Test("one that is put back is answered at its own deadline, though the one that waited behind it has a later one")
    func putBack() async throws {
        defer { timekeeper.stop() }
        _ = queue.append(recorder.post(1, [("a", "1")]))
        queue.putBack([recorder.post(2, [("a", "2")], until: .now + .milliseconds(200))])
        try await offPool {
            try blockUntil("it is answered", within: .seconds(5)) { recorder.codes(2) == [.notPosted] }
        }
        #expect(recorder.codes(1).isEmpty)
        #expect(queue.takeBatch().itemCount == 1)
    }

    @Test("one post too many is refused at once, and the others stay")
    func full() {
        defer { timekeeper.stop() }
        for number in 0..<PostQueue.countMax { _ = queue.append(recorder.post(number, [("a", "x")])) }
        #expect(recorder.answeredCount == 0)
        #expect(queue.append(recorder.post(-1, [("a", "x")])) == false)
        #expect(recorder.codes(-1) == [.overLimit])
        #expect(recorder.answeredCount == 1)
        _ = queue.takeBatch()
        _ = queue.append(recorder.post(-2, [("a", "x")]))
        #expect(recorder.codes(-2) == [])
    }

    @Test("whose time is up is answered with what is wrong, and the others stay")
    func deadlines() async throws {
        defer { timekeeper.stop() }
        queue.note(complaint: "the poster cannot connect: nobody is there")
        _ = queue.append(recorder.post(1, [("a", "1")], until: .now + .milliseconds(20)))
        _ = queue.append(recorder.post(2, [("a", "2")], until: .now + .milliseconds(40)))
        let later = MonotonicInstant.now + .milliseconds(400)
        _ = queue.append(recorder.post(3, [("a", "3")], until: later))
        try await eventually("both are answered") { recorder.answeredCount == 2 }
        #expect(recorder.codes(1) == [.notPosted])
        #expect(recorder.codes(2) == [.notPosted])
        #expect(recorder.message(1)?.contains("nobody is there") == true)
        #expect(recorder.codes(3) == [])
        // The third is sent; the alarm that was set for it serves the fourth.
        #expect(queue.takeBatch().itemCount == 1)
        _ = queue.append(recorder.post(4, [("a", "4")], until: later))
        try await eventually("the fourth is answered") { recorder.codes(4) == [.notPosted] }
    }

    @Test("once closed it takes no more; those that wait are answered once")
    func closing() {
        defer { timekeeper.stop() }
        _ = queue.append(recorder.post(1, [("a", "1")]))
        queue.close()
        #expect(queue.append(recorder.post(2, [("a", "2")])) == false)
        #expect(recorder.codes(2) == [.stopping])
        queue.failAll(TrunklineError(.stopping, "stopping"))
        queue.failAll(TrunklineError(.stopping, "stopping"))
        #expect(recorder.codes(1) == [.stopping])
        #expect(queue.isEmpty)
    }
}
