import Testing

@testable import Trunkline

@Suite("Arming: from when on a reader misses nothing")
struct ArmingTests {
    let stand = TableStand()

    @Test("the first reader of a channel causes its LISTEN, the second none")
    func oneListen() throws {
        try stand.attach("foo")
        try stand.attach("foo")
        #expect(stand.nextCommand() == .listen(["foo"]))
        stand.confirm("foo")
        try stand.attach("foo")
        #expect(stand.nextCommand() == nil)
    }

    @Test("PostgreSQL must be told of a channel nobody listens to, and not of one that is listened to")
    func reconciling() throws {
        #expect(try stand.table.attached(["foo"]) == true)
        try stand.attach("foo")
        stand.obey()
        #expect(try stand.table.attached(["foo"]) == false)
        #expect(try stand.table.attached(["foo", "bar"]) == true)
    }

    @Test("what comes after the confirmation is handed to a reader that was there before it")
    func afterConfirmation() throws {
        let id = try stand.park("foo")
        #expect(stand.obey().woken == [])
        #expect(stand.deliver("foo", "1") == [1])
        #expect(stand.look(id) == .payloads(["1"], cursor: 2))
    }

    @Test("the first notification proves the LISTEN before its confirmation is read")
    func proof() throws {
        let id = try stand.attach("foo", announces: true)
        #expect(stand.look(id) == .nothing)
        #expect(stand.nextCommand() == .listen(["foo"]))
        #expect(stand.deliver("foo", "1") == [1])
        #expect(stand.look(id) == .armed(1))
        #expect(stand.look(id) == .payloads(["1"], cursor: 2))
        // The confirmation has nothing to add: no position, nobody to wake.
        #expect(stand.look(id) == .nothing)
        #expect(stand.confirm("foo") == [])
        #expect(stand.deliver("foo", "2") == [1])
        #expect(stand.look(id) == .payloads(["2"], cursor: 3))
    }

    @Test("a plain reader gets the few that come before its other channel is confirmed")
    func fewBefore() throws {
        try stand.attach("bar")
        stand.obey()
        let id = try stand.park("foo", "bar")
        #expect(stand.nextCommand() == .listen(["foo"]))
        #expect(stand.deliver("bar", "early") == [1])
        #expect(stand.look(id) == .payloads(["early"], cursor: 2))
    }

    @Test("a reader that announces its arming starts at the last confirmation, past the few from before")
    func announcing() throws {
        try stand.attach("bar")
        stand.obey()
        let id = try stand.attach("foo", "bar", announces: true)
        #expect(stand.look(id) == .nothing)
        #expect(stand.nextCommand() == .listen(["foo"]))
        #expect(stand.deliver("bar", "early") == [1])
        #expect(stand.look(id) == .nothing)
        #expect(stand.confirm("foo") == [1])
        #expect(stand.look(id) == .armed(3))
        #expect(stand.look(id) == .nothing)
        stand.deliver("bar", "1")
        #expect(stand.look(id) == .payloads(["1"], cursor: 4))
    }

    @Test("arming is announced when the last of several channels is confirmed, once")
    func severalChannels() throws {
        let stand = TableStand(batch: 1)
        let id = try stand.attach("a", "b", announces: true)
        #expect(stand.look(id) == .nothing)
        #expect(stand.nextCommand() == .listen(["a"]))
        #expect(stand.confirm("a") == [1])
        #expect(stand.look(id) == .nothing)
        #expect(stand.nextCommand() == .listen(["b"]))
        #expect(stand.confirm("b") == [1])
        #expect(stand.look(id) == .armed(2))
        #expect(stand.look(id) == .nothing)
    }

    @Test("arming is announced at once where all channels are listened to")
    func atOnce() throws {
        try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1")
        let id = try stand.attach("foo", announces: true)
        #expect(stand.look(id) == .armed(2))
        #expect(stand.look(id) == .nothing)
    }

    @Test("a cursor that holds is announced as it was brought, and what follows it comes next")
    func cursorThatHolds() throws {
        try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1", "2")
        let id = try stand.attach("foo", from: stand.after(2), announces: true)
        #expect(stand.lookAtAll(id) == [.armed(2), .payloads(["2"], cursor: 3)])
    }

    @Test("no cursor is announced before a gap")
    func gapFirst() throws {
        try stand.attach("foo")
        stand.obey()
        let id = try stand.attach("foo", from: stand.after(0), announces: true)
        #expect(stand.lookAtAll(id) == [.armed(nil), .gap(.unlistened, ["foo"], after: 0, id: 1)])
        let restarted = try stand.attach("foo", from: .unreadable, announces: true)
        #expect(stand.lookAtAll(restarted) == [.armed(nil), .gap(.restarted, ["foo"], after: nil, id: 1)])
    }

    @Test("a restart stands where arming was announced: what comes after that is handed over, and not covered by the gap")
    func restartAfterArming() throws {
        let id = try stand.attach("foo", from: .unreadable, announces: true)
        stand.obey()
        #expect(stand.look(id) == .armed(nil))
        #expect(stand.deliver("foo", "1") == [])
        #expect(
            stand.lookAtAll(id) == [.gap(.restarted, ["foo"], after: nil, id: 1), .payloads(["1"], cursor: 2)])
    }

    @Test("nothing is announced while the connection is lost")
    func lost() throws {
        try stand.attach("foo")
        stand.obey()
        stand.lose()
        let id = try stand.attach("foo", announces: true, as: 2)
        #expect(stand.look(id) == .nothing)
        #expect(stand.obey().woken == [2])
        #expect(stand.lookAtAll(id) == [.armed(2)])
    }
}

extension ChannelTable<Int> {
    /// Whether a reader of `names` would need something of PostgreSQL.
    fileprivate func attached(_ names: [ChannelName]) throws -> Bool {
        var copy = self
        return try copy.attach(names, from: .now, owner: 0, now: .init(nanoseconds: 0)).mustReconcile
    }
}
