import Testing

@testable import TrunklineBench

@Suite("Holding deliveries against posts")
struct DeliveryBookTests {
    /// Two readers of one channel, let in.
    private func book(readers: Int = 2, posters: Int = 1, channels: Int = 1) -> DeliveryBook {
        var book = DeliveryBook(readerCount: readers, posterCount: posters, channelCount: channels)
        for reader in 0..<readers { book.establish(reader) }
        return book
    }

    @Test("when all that was confirmed has come to all, nothing is missing")
    func complete() {
        var book = book()
        for number in 0..<100 {
            #expect(book.begin(poster: 0, channel: 0, start: 0) == number)
            for reader in 0..<2 { #expect(book.deliver(number, to: reader, at: 5) == true) }
            book.confirm(number)
        }
        #expect(book.receivedCount == 200)
        #expect(book.receivedCount == book.expectedCount)
        #expect(book.finalCounts().missing == 0)
        #expect(book.finalCounts().duplicates == 0)
        #expect(book.latencies.summary?.max == 0.005)
    }

    @Test("what one of the readers is not told is missing, also at the end")
    func missing() {
        var book = book()
        for _ in 0..<3 {
            let number = book.begin(poster: 0, channel: 0, start: 0)
            book.confirm(number)
            _ = book.deliver(number, to: 0, at: 1)
        }
        _ = book.deliver(1, to: 1, at: 1)
        #expect(book.finalCounts().missing == 2)
        #expect(book.finalCounts().missingDeclared == 0)
    }

    @Test("what is missing after a gap was declared to that reader is told apart")
    func declared() {
        var book = book()
        book.confirm(book.begin(poster: 0, channel: 0, start: 0))
        book.addGap(1)
        #expect(book.finalCounts().missing == 2)
        #expect(book.finalCounts().missingDeclared == 1)
        #expect(book.finalCounts().gaps == 1)
    }

    @Test("a delivery that comes twice, or to the wrong reader, or was never posted, counts as doubled")
    func doubled() {
        var book = book(readers: 2, channels: 2)
        book.confirm(book.begin(poster: 0, channel: 0, start: 0))
        let fresh = [(0, 0), (0, 0), (0, 1), (7, 0)].map { book.deliver($0.0, to: $0.1, at: 1) }
        #expect(fresh == [true, false, false, false])
        #expect(book.finalCounts().duplicates == 3)
        #expect(book.finalCounts().received == 1)
    }

    @Test("the posts of one poster are known to be out of order, those of two are not")
    func order() {
        var book = book(readers: 1, posters: 2)
        for poster in [0, 1, 0] { book.confirm(book.begin(poster: poster, channel: 0, start: 0)) }
        for number in [1, 2, 0] { _ = book.deliver(number, to: 0, at: 1) }
        #expect(book.finalCounts().reordered == 1)
        #expect(book.finalCounts().missing == 0)
    }

    @Test(
        "a post that failed is neither expected nor counted, whether its delivery came before or after",
        arguments: [true, false])
    func failed(isBefore: Bool) {
        var book = book()
        let number = book.begin(poster: 0, channel: 0, start: 0)
        if isBefore { _ = book.deliver(number, to: 0, at: 1) }
        book.fail(number)
        if !isBefore { _ = book.deliver(number, to: 0, at: 1) }
        book.confirm(book.begin(poster: 0, channel: 0, start: 0))
        _ = book.deliver(1, to: 0, at: 1)
        #expect(book.receivedCount == 1)
        #expect(book.finalCounts().missing == 1)
        #expect(book.finalCounts().duplicates == 0)
    }

    @Test("a reader that was never let in misses nothing")
    func refused() {
        var book = DeliveryBook(readerCount: 2, posterCount: 1, channelCount: 1)
        book.establish(0)
        book.confirm(book.begin(poster: 0, channel: 0, start: 0))
        #expect(book.expectedCount == 1)
        #expect(book.finalCounts().missing == 1)
    }
}
