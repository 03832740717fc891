import Testing

@testable import Trunkline

@Suite("A lost connection: readers are held, and told when it listens again")
struct LostConnectionTests {
    let stand = TableStand()

    @Test("the loss wakes nobody, the confirmation of the new LISTEN wakes all and tells the gap once")
    func reconnected() throws {
        let id = try stand.park("foo")
        stand.obey()
        stand.lose()
        #expect(stand.claim(id) == 1)
        #expect(stand.look(id) == .nothing)
        let (woken, commands) = stand.obey()
        #expect(commands == [.listen(["foo"])])
        #expect(woken == [1])
        #expect(stand.claim(id) == nil)
        #expect(stand.lookAtAll(id) == [.gap(.reconnected, ["foo"], after: 0, id: 2)])
        #expect(stand.claim(id) == 1)
        #expect(stand.lookAtAll(id) == [])
    }

    @Test("the gap stands before the first notification of the new session, also when that outruns the confirmation")
    func gapBeforeFirst() throws {
        let id = try stand.park("foo")
        stand.obey()
        stand.lose()
        #expect(stand.nextCommand() == .listen(["foo"]))
        #expect(stand.deliver("foo", "1") == [1])
        #expect(stand.confirm("foo") == [])
        #expect(
            stand.lookAtAll(id) == [.gap(.reconnected, ["foo"], after: 0, id: 2), .payloads(["1"], cursor: 3)])
    }

    @Test("two losses are two gaps; a loss before the LISTEN was confirmed again is the same one")
    func twoLosses() throws {
        let id = try stand.park("foo")
        stand.obey()
        stand.lose()
        stand.lose()
        #expect(stand.nextCommand() == .listen(["foo"]))
        stand.lose()
        stand.obey()
        stand.lose()
        stand.obey()
        #expect(
            stand.lookAtAll(id) == [
                .gap(.reconnected, ["foo"], after: 0, id: 2), .gap(.reconnected, ["foo"], after: 2, id: 3),
            ])
    }

    @Test("what came before the loss is still there for whoever has not read it")
    func before() throws {
        try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1")
        stand.lose()
        #expect(try stand.poll("foo", after: 1) == [.payloads(["1"], cursor: 2)])
        stand.obey()
        #expect(
            try stand.poll("foo", after: 1) == [
                .payloads(["1"], cursor: 2), .gap(.reconnected, ["foo"], after: 2, id: 3),
            ])
        #expect(try stand.poll("foo", after: 3) == [])
    }

    @Test("a reader without a cursor that came during the outage is told of no gap")
    func cameDuring() throws {
        try stand.attach("foo")
        stand.obey()
        stand.lose()
        let id = try stand.park("foo", as: 2)
        stand.obey()
        #expect(stand.lookAtAll(id) == [])
        stand.deliver("foo", "1")
        #expect(stand.lookAtAll(id) == [.payloads(["1"], cursor: 3)])
    }

    @Test("a reader that was parked before its channel was first confirmed is told of a later loss")
    func armedWithoutLooking() throws {
        let id = try stand.park("foo")
        // Nothing wakes it here, but from here on nothing may pass it by in silence.
        #expect(stand.obey().woken == [])
        stand.lose()
        #expect(stand.obey().woken == [1])
        #expect(stand.lookAtAll(id) == [.gap(.reconnected, ["foo"], after: 0, id: 2)])
    }

    @Test("a loss before the first confirmation is none of a new reader's business")
    func lostWhileListening() throws {
        let id = try stand.park("foo")
        #expect(stand.nextCommand() == .listen(["foo"]))
        stand.lose()
        #expect(stand.obey().commands == [.listen(["foo"])])
        #expect(stand.lookAtAll(id) == [])
        stand.deliver("foo", "1")
        #expect(stand.lookAtAll(id) == [.payloads(["1"], cursor: 2)])
    }

    @Test("a channel that only lingers is listened to again, with its history and its gap")
    func lingering() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1")
        stand.detach(id)
        stand.lose()
        #expect(stand.obey().commands == [.listen(["foo"])])
        #expect(
            try stand.poll("foo", after: 1) == [
                .payloads(["1"], cursor: 2), .gap(.reconnected, ["foo"], after: 2, id: 3),
            ])
    }

    @Test("a channel whose linger ends during the outage is not listened to again")
    func lingerEndsDuring() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.detach(id)
        stand.lose()
        stand.pass(.seconds(60))
        #expect(stand.obey().commands == [])
        #expect(stand.status("foo") == nil)
        #expect(stand.table.channels.allSatisfy { $0.isForgotten })
    }

    @Test("a channel that was being unlistened is gone with the connection")
    func lostWhileUnlistening() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.detach(id)
        stand.pass(.seconds(60))
        #expect(stand.nextCommand() == .unlisten(["foo"]))
        stand.lose()
        #expect(stand.obey().commands == [])
        #expect(stand.status("foo") == nil)
    }

    @Test("a channel that was being unlistened when a reader came, and then lost, tells the reader's cursor of it")
    func lostWhileUnlisteningAndWanted() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.detach(id)
        stand.pass(.seconds(60))
        #expect(stand.nextCommand() == .unlisten(["foo"]))
        let next = try stand.park("foo", from: stand.after(1), as: 2)
        stand.lose()
        #expect(stand.obey().commands == [.listen(["foo"])])
        #expect(stand.lookAtAll(next) == [.gap(.unlistened, ["foo"], after: 1, id: 2)])
    }

    @Test("1,000 channels come back in batches, and each is told as soon as its own batch is confirmed")
    func batches() throws {
        let stand = TableStand(batch: 400)
        let names = try (0..<1_000).map { try ChannelName("channel \($0)") }
        for (owner, name) in names.enumerated() { try stand.park(name, as: owner) }
        stand.obey()
        stand.lose()
        for range in [0..<400, 400..<800, 800..<1_000] {
            #expect(stand.nextCommand() == .listen(Array(names[range])))
            #expect(stand.table.confirmAll(Array(names[range])) == Array(range))
        }
        #expect(stand.nextCommand() == nil)
    }
}

extension ChannelTable {
    fileprivate mutating func confirmAll(_ names: [ChannelName]) -> [Owner] {
        confirmListen(names, now: .init(nanoseconds: 0))
    }
}
