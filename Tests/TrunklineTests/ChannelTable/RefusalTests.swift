import Testing

@testable import Trunkline

@Suite("A refused LISTEN hurts only its own waiters")
struct RefusalTests {
    @Test("one name of 500 is found by listening to each alone, and only its readers fail")
    func oneOf500() throws {
        let stand = TableStand()
        let names = try (0..<500).map { try ChannelName("channel \($0)") }
        let ids = try names.enumerated().map { try stand.park($1, as: $0) }
        #expect(stand.nextCommand() == .listen(names))
        stand.refuseBatch(names)
        for (number, name) in names.enumerated() {
            #expect(stand.nextCommand() == .listen([name]))
            if number == 123 {
                #expect(stand.refuse(name) == [123])
            } else {
                #expect(stand.confirm(name) == [])
            }
        }
        #expect(stand.nextCommand() == nil)
        #expect(stand.look(ids[123]) == .failed(.listenRefused))
        #expect(stand.status(names[123]) == nil)
        for number in [0, 122, 124, 499] { #expect(stand.deliver(names[number], "1") == [number]) }
    }

    @Test("after a refusal, other channels still go in batches")
    func batchesAgain() throws {
        let stand = TableStand()
        try stand.park("good")
        try stand.park("bad")
        #expect(stand.nextCommand() == .listen(["good", "bad"]))
        stand.refuseBatch(["good", "bad"])
        try stand.park("later")
        try stand.park("latest")
        #expect(stand.nextCommand() == .listen(["good"]))
        stand.confirm("good")
        #expect(stand.nextCommand() == .listen(["bad"]))
        _ = stand.refuse("bad")
        #expect(stand.nextCommand() == .listen(["later", "latest"]))
        stand.confirm("later", "latest")
        stand.lose()
        #expect(stand.nextCommand() == .listen(["good", "later", "latest"]))
    }

    @Test("a reader of several channels fails with the one that is refused, once, and frees the others when it leaves")
    func severalChannels() throws {
        let stand = TableStand(linger: .zero)
        let id = try stand.park("good", "bad")
        #expect(stand.nextCommand() == .listen(["good", "bad"]))
        stand.refuseBatch(["good", "bad"])
        #expect(stand.nextCommand() == .listen(["good"]))
        stand.confirm("good")
        #expect(stand.nextCommand() == .listen(["bad"]))
        #expect(stand.refuse("bad") == [1])
        #expect(stand.look(id) == .failed(.listenRefused))
        #expect(stand.look(id) == .failed(.listenRefused))
        #expect(stand.deliver("good", "1") == [])
        stand.detach(id)
        #expect(stand.obey().commands == [.unlisten(["good"])])
        #expect(stand.table.channels.allSatisfy { $0.isForgotten })
    }

    @Test("two refused channels of one reader fail it once")
    func bothRefused() throws {
        let stand = TableStand()
        let id = try stand.park("bad", "worse")
        let other = try stand.park("worse", as: 2)
        #expect(stand.nextCommand() == .listen(["bad", "worse"]))
        #expect(stand.refuse("bad") == [1])
        #expect(stand.refuse("worse") == [2])
        #expect(stand.look(id) == .failed(.listenRefused))
        #expect(stand.look(other) == .failed(.listenRefused))
        stand.detach(id)
        stand.detach(other)
        #expect(stand.table.readerCount == 0)
        #expect(stand.table.channels.allSatisfy { $0.isForgotten })
    }

    @Test("a reader that is not parked finds the refusal at its next look")
    func notParked() throws {
        let stand = TableStand()
        let id = try stand.attach("bad")
        #expect(stand.nextCommand() == .listen(["bad"]))
        #expect(stand.refuse("bad") == [])
        #expect(stand.look(id) == .failed(.listenRefused))
    }

    @Test("the next reader of a refused channel has it tried again")
    func again() throws {
        let stand = TableStand()
        let id = try stand.park("bad")
        #expect(stand.nextCommand() == .listen(["bad"]))
        _ = stand.refuse("bad")
        let next = try stand.park("bad", as: 2)
        #expect(stand.nextCommand() == .listen(["bad"]))
        stand.confirm("bad")
        stand.detach(id)
        #expect(stand.deliver("bad", "1") == [2])
        #expect(stand.look(next) == .payloads(["1"], cursor: 2))
    }
}
