import Testing
import Threads

@testable import Trunkline

@Suite("A batch of posts")
struct PostBatchTests {
    let recorder = PostRecorder()

    private func batch(_ posts: Post...) -> PostBatch {
        var batch = PostBatch()
        for post in posts { batch.append(post) }
        return batch
    }

    private func payloads(_ batch: PostBatch) -> [[String]] {
        batch.segments.map { $0.posts.flatMap(\.items).map(\.payload.description) }
    }

    @Test("different posts share a transaction, in their order")
    func different() {
        let batch = batch(
            recorder.post(1, [("a", "1")]), recorder.post(2, [("a", "2"), ("b", "1")]), recorder.post(3, [("a", "3")]))
        #expect(payloads(batch) == [["1", "2", "1", "3"]])
        #expect(batch.itemCount == 4)
    }

    @Test("a post that repeats a notification begins a new transaction, and order is kept")
    func repeated() {
        let batch = batch(
            recorder.post(1, [("a", "x")]), recorder.post(2, [("a", "y")]), recorder.post(3, [("a", "x")]),
            recorder.post(4, [("a", "y")]), recorder.post(5, [("a", "y")]))
        #expect(payloads(batch) == [["x", "y"], ["x", "y"], ["y"]])
    }

    @Test("a post is never divided, whichever of its notifications is the repeated one")
    func undivided() {
        let batch = batch(recorder.post(1, [("a", "1")]), recorder.post(2, [("b", "2"), ("c", "3"), ("a", "1")]))
        #expect(payloads(batch) == [["1"], ["2", "3", "1"]])
    }

    @Test("the same payload on another channel, or in another case, is no repetition")
    func noRepetition() {
        let batch = batch(recorder.post(1, [("a", "1")]), recorder.post(2, [("A", "1")]), recorder.post(3, [("a", "")]))
        #expect(batch.segments.count == 1)
    }

    @Test("several posts of one notification, and nothing else, are a series")
    func series() {
        var batch = PostBatch()
        for number in 1..<PostSeries.countMin { batch.append(recorder.post(number, [("a", "x")])) }
        #expect(batch.repeatedItem == nil)
        batch.append(recorder.post(PostSeries.countMin, [("a", "x")]))
        #expect(batch.repeatedItem == Post.Item(channel: "a", payload: "x"))
        batch.append(recorder.post(0, [("a", "y")]))
        #expect(batch.repeatedItem == nil)
        #expect(PostBatch().repeatedItem == nil)
    }

    @Test("without its first transactions, a batch counts what is left")
    func removeFirst() {
        var batch = batch(
            recorder.post(1, [("a", "1"), ("b", "1")]), recorder.post(2, [("a", "1")]), recorder.post(3, [("a", "2")]))
        batch.removeFirst(0)
        #expect(batch.itemCount == 4)
        batch.removeFirst(1)
        #expect(payloads(batch) == [["1", "2"]])
        #expect(batch.itemCount == 2)
        batch.removeFirst(1)
        #expect(batch.isEmpty && batch.itemCount == 0 && batch.byteCount == 0 && batch.deadline == nil)
    }

    @Test("a batch has room for 1,000 notifications and 1 MiB, and always for a first post")
    func room() throws {
        var first = PostBatch.Room()
        let isFirstTaken = first.take(recorder.post(0, (0..<2_000).map { ("a", Payload(stringLiteral: "\($0)")) }))
        #expect(isFirstTaken)
        var room = PostBatch.Room()
        var number = 0
        while room.take(recorder.post(number, [("a", Payload(stringLiteral: "\(number)"))])) { number += 1 }
        #expect(number == 1_000)
        #expect(room.itemCount == PostBatch.itemCountMax)
        var heavy = PostBatch.Room()
        let payload = try Payload(String(repeating: "x", count: 7_999))
        while heavy.take(recorder.post(0, [("a", payload)])) {}
        #expect(heavy.byteCount <= PostBatch.byteCountMax)
        #expect(heavy.byteCount > PostBatch.byteCountMax - 8_100)
    }

    @Test("its deadline is that of the post that has the least time left")
    func deadline() {
        #expect(PostBatch().deadline == nil)
        let now = MonotonicInstant.now
        let batch = batch(
            recorder.post(1, [("a", "1")], until: now + .seconds(2)), recorder.post(2, [("a", "2")], until: now + .seconds(1)),
            recorder.post(3, [("a", "3")], until: now + .seconds(3)))
        #expect(batch.deadline == now + .seconds(1))
    }

    @Test("posts that were not checked for the session's encoding are checked now, and the others go on")
    func checking() throws {
        let latin = try #require(TextEncoding(serverEncoding: "LATIN1"))
        let checked = batch(
            recorder.post(1, [("a", "é")]), recorder.post(2, [("a", "€")]), recorder.post(3, [("€", "x")], checkedFor: nil),
            recorder.post(4, [("a", "ok")], checkedFor: nil)
        ).checked(in: latin)
        #expect(payloads(checked) == [["é", "ok"]])
        #expect(recorder.codes(1) == [])
        #expect(recorder.codes(2) == [.notRepresentable])
        #expect(recorder.codes(3) == [.notRepresentable])
        #expect(recorder.codes(4) == [])
    }

    @Test("all of a transaction are answered alike, once")
    func answering() {
        let batch = batch(recorder.post(1, [("a", "1")]), recorder.post(2, [("a", "2")]), recorder.post(3, [("a", "1")]))
        batch.segments[0].answerAllCommitted()
        batch.segments[1].answerAll(.notPosted, "no")
        #expect(recorder.codes(1) == [nil])
        #expect(recorder.codes(2) == [nil])
        #expect(recorder.codes(3) == [.notPosted])
    }
}
