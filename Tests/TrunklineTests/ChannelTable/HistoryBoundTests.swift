import Testing

@testable import Trunkline

@Suite("What is kept: bounds per channel and in all")
struct HistoryBoundTests {
    /// What an entry with a payload of one byte counts for.
    static let one = Entry.overhead + 1

    private func fed(_ stand: TableStand, _ payloads: Payload...) throws -> TableStand {
        try stand.attach("foo")
        stand.obey()
        stand.deliver(payloads.map { ("foo", $0) })
        return stand
    }

    @Test("the bound on the count keeps just so many")
    func count() throws {
        let stand = try fed(TableStand(count: 2), "1", "2")
        #expect(try stand.poll("foo", after: 1) == [.payloads(["1", "2"], cursor: 3)])
        stand.deliver("foo", "3")
        #expect(stand.keptCount("foo") == 2)
        #expect(try stand.poll("foo", after: 2) == [.payloads(["2", "3"], cursor: 4)])
    }

    @Test("the bound on bytes keeps what just fits")
    func bytes() throws {
        let stand = try fed(TableStand(bytes: 2 * Self.one), "1", "2")
        #expect(stand.keptCount("foo") == 2)
        stand.deliver("foo", "3")
        #expect(stand.keptCount("foo") == 2)
        #expect(stand.table.historyByteCount == 2 * Self.one)
        stand.deliver("foo", "44")
        #expect(stand.keptCount("foo") == 1)
        #expect(stand.table.historyByteCount == Self.one + 1)
    }

    @Test("the bound on age keeps what is just as old")
    func age() throws {
        let stand = try fed(TableStand(age: .seconds(10)), "1")
        stand.pass(.seconds(10))
        #expect(try stand.poll("foo", after: 1) == [.payloads(["1"], cursor: 2)])
        stand.pass(.nanoseconds(1))
        #expect(try stand.poll("foo", after: 1) == [.gap(.expired, ["foo"], after: 1, id: 2)])
        #expect(stand.table.historyByteCount == 0)
    }

    @Test("a new notification drops what is too old, also while nobody looks")
    func ageOnArrival() throws {
        let stand = try fed(TableStand(age: .seconds(10)), "1")
        stand.pass(.seconds(11))
        stand.deliver("foo", "2")
        #expect(stand.keptCount("foo") == 1)
    }

    @Test(
        "where nothing is kept, a parked waiter still gets what woke it, and is told what came after that",
        arguments: [TableStand.Bound.count, .bytes, .bytesTotal])
    func nothingKept(bound: TableStand.Bound) throws {
        let stand = TableStand(zero: bound)
        let id = try stand.park("foo")
        stand.obey()
        stand.deliver("foo", "1", "2", "3")
        #expect(stand.keptCount("foo") == 0)
        #expect(stand.lookAtAll(id) == [.payloads(["1"], cursor: 2), .gap(.overflow, ["foo"], after: 2, id: 4)])
        stand.deliver("foo", "4")
        #expect(stand.lookAtAll(id) == [.payloads(["4"], cursor: 5)])
        #expect(try stand.poll("foo", after: 4) == [.gap(.expired, ["foo"], after: 4, id: 5)])
        #expect(try stand.poll("foo", after: 5) == [])
    }

    @Test("with no age allowed, a parked waiter still gets what woke it")
    func noAge() throws {
        let stand = TableStand(age: .zero)
        let id = try stand.park("foo")
        stand.obey()
        stand.deliver("foo", "1")
        stand.pass(.nanoseconds(1))
        #expect(stand.lookAtAll(id) == [.payloads(["1"], cursor: 2)])
        #expect(stand.keptCount("foo") == 0)
    }

    @Test("where nothing is kept, a lost connection is still told as what it was", arguments: [TableStand.Bound.count, .bytes])
    func reconnectWithNothingKept(bound: TableStand.Bound) throws {
        let stand = TableStand(zero: bound)
        let id = try stand.park("foo")
        stand.obey()
        stand.lose()
        stand.obey()
        #expect(stand.lookAtAll(id) == [.gap(.reconnected, ["foo"], after: 0, id: 2)])
        #expect(try stand.poll("foo", after: 1) == [.gap(.reconnected, ["foo"], after: 1, id: 2)])
    }

    @Test("what woke a waiter is not handed to it again, nor to the next one that parks")
    func wokenByOnce() throws {
        let stand = TableStand(count: 1)
        let id = try stand.park("foo")
        stand.obey()
        stand.deliver("foo", "1")
        #expect(stand.lookAtAll(id) == [.payloads(["1"], cursor: 2)])
        #expect(stand.claim(id) == 1)
        #expect(stand.lookAtAll(id) == [])
    }

    @Test("the bound in all takes from the channel longest without a reader first")
    func total() throws {
        let stand = TableStand(bytesTotal: 3 * Self.one)
        let ids = try [stand.attach("old"), stand.attach("older"), stand.attach("read")]
        stand.obey()
        stand.deliver([("old", "1"), ("older", "2"), ("read", "3")])
        stand.detach(ids[1])
        stand.pass(.seconds(1))
        stand.detach(ids[0])
        stand.deliver("read", "4")
        #expect(stand.keptCount("older") == 0)
        #expect(stand.keptCount("old") == 1)
        #expect(stand.keptCount("read") == 2)
        stand.deliver("read", "5")
        #expect(stand.keptCount("old") == 0)
        #expect(stand.keptCount("read") == 3)
        // Nobody is left but the channel itself.
        stand.deliver("read", "6")
        #expect(stand.keptCount("read") == 3)
        #expect(stand.table.historyByteCount == 3 * Self.one)
        #expect(
            try stand.poll("read", after: 1) == [
                .gap(.expired, ["read"], after: 1, id: 4), .payloads(["4", "5", "6"], cursor: 7),
            ])
    }
}

extension TableStand {
    /// One of the bounds of a history.
    enum Bound {
        case count, bytes, bytesTotal
    }

    /// A stand in which one bound is nothing.
    convenience init(zero bound: Bound) {
        switch bound {
        case .count: self.init(count: 0)
        case .bytes: self.init(bytes: 0)
        case .bytesTotal: self.init(bytesTotal: 0)
        }
    }
}
