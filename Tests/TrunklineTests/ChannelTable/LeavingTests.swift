import Testing

@testable import Trunkline

@Suite("Leaving with nothing: the cursor a reader takes along")
struct LeavingTests {
    let stand = TableStand()

    @Test("it is the present where nothing was missed until now")
    func present() throws {
        try stand.attach("foo")
        try stand.attach("busy")
        stand.obey()
        let id = try stand.attach("foo", from: stand.after(1))
        stand.deliver("busy", "1", "2")
        #expect(stand.look(id, parks: false) == .nothing)
        #expect(stand.leavingPosition(id) == 3)
        #expect(try stand.poll("foo", after: 3) == [])
    }

    @Test("before its LISTEN is confirmed, a reader leaves with the cursor it brought")
    func unconfirmed() throws {
        try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1", "2")
        let id = try stand.attach("bar", from: stand.after(2))
        #expect(stand.look(id, parks: false) == .nothing)
        #expect(stand.leavingPosition(id) == 2)
    }

    @Test("a new reader that leaves before its LISTEN is confirmed has a cursor that later yields a gap")
    func newAndUnconfirmed() throws {
        let id = try stand.attach("foo")
        #expect(stand.look(id, parks: false) == .nothing)
        let position = try #require(stand.leavingPosition(id))
        stand.detach(id)
        stand.obey()
        #expect(try stand.poll("foo", after: position) == [.gap(.unlistened, ["foo"], after: 0, id: 1)])
    }

    @Test("a reader whose cursor was of another run leaves with one that yields a gap on all of its channels")
    func restartedAndUnconfirmed() throws {
        try stand.attach("on")
        stand.obey()
        let id = try stand.attach("on", "off", from: .unreadable)
        #expect(stand.look(id, parks: false) == .nothing)
        let cursor = try #require(stand.leavingCursor(id))
        stand.detach(id)
        stand.obey()
        let gaps = try stand.poll("on", "off", after: cursor).flatMap { sight in
            if case .gap(_, let channels, _, _) = sight { channels } else { [] as [ChannelName] }
        }
        #expect(Set(gaps) == ["on", "off"])
    }

    @Test("during an outage, a reader leaves with a cursor from which the gap is told")
    func outage() throws {
        let id = try stand.attach("foo")
        stand.obey()
        #expect(stand.look(id, parks: false) == .nothing)
        stand.lose()
        #expect(stand.look(id, parks: false) == .nothing)
        let position = try #require(stand.leavingPosition(id))
        stand.detach(id)
        stand.obey()
        #expect(try stand.poll("foo", after: position) == [.gap(.reconnected, ["foo"], after: position, id: 2)])
    }

    @Test("what comes between the last look and leaving is not passed over")
    func betweenLookAndLeaving() throws {
        let id = try stand.attach("foo")
        stand.obey()
        #expect(stand.look(id, parks: false) == .nothing)
        stand.deliver("foo", "1")
        let position = try #require(stand.leavingPosition(id))
        stand.detach(id)
        #expect(try stand.poll("foo", after: position).last == .payloads(["1"], cursor: 2))
    }

    @Test("an answer of one notification is followed by no gap that its reader has not had")
    func noGapAfterOne() throws {
        try stand.attach("on")
        stand.obey()
        let id = try stand.park("on", "new")
        stand.deliver("on", "1")
        stand.obey()
        let sight = stand.look(id, limit: 1)
        #expect(sight == .payloads(["1"], cursor: 3))
        #expect(try stand.poll("on", "new", after: 3) == [])
    }
}
