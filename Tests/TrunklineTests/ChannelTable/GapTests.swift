import Testing

@testable import Trunkline

@Suite("Gaps: loss is never silent")
struct GapTests {
    @Test("a cursor from before the channel was listened to finds a gap, told once")
    func unlistened() throws {
        let stand = TableStand()
        try stand.attach("bar")
        stand.obey()
        let id = try stand.attach("foo", from: stand.after(1))
        #expect(stand.look(id) == .nothing)
        // Woken by the confirmation: what was lost is told as soon as that is known.
        #expect(stand.obey().woken == [1])
        #expect(stand.look(id) == .gap(.unlistened, ["foo"], after: 1, id: 2))
        #expect(stand.look(id) == .nothing)
        stand.deliver("foo", "1")
        #expect(stand.look(id) == .payloads(["1"], cursor: 3))
    }

    @Test("a cursor at or above the floor is complete, however old")
    func floorIsComplete() throws {
        let stand = TableStand()
        try stand.attach("foo")
        stand.obey()
        stand.pass(.seconds(1_000_000))
        #expect(try stand.poll("foo", after: 1) == [])
        stand.deliver("foo", "1")
        #expect(try stand.poll("foo", after: 1) == [.payloads(["1"], cursor: 2)])
        #expect(try stand.poll("foo", after: 0) == [.gap(.unlistened, ["foo"], after: 0, id: 1), .payloads(["1"], cursor: 2)])
    }

    @Test("a reader without a cursor is told of no gap from before it came")
    func newReader() throws {
        let stand = TableStand(count: 1)
        let id = try stand.park("foo")
        stand.obey()
        stand.deliver("foo", "1")
        stand.lose()
        stand.obey()
        #expect(stand.lookAtAll(id).isEmpty == false)
        #expect(stand.lookAtAll(try stand.attach("foo")) == [])
    }

    @Test("a cursor below what is kept has expired, and what is kept follows the gap")
    func expired() throws {
        let stand = TableStand(count: 2)
        try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1", "2", "3", "4")
        #expect(
            try stand.poll("foo", after: 1) == [
                .gap(.expired, ["foo"], after: 1, id: 3), .payloads(["3", "4"], cursor: 5),
            ])
        // At the place of the last one that was dropped, nothing is missing.
        #expect(try stand.poll("foo", after: 3) == [.payloads(["3", "4"], cursor: 5)])
        #expect(
            try stand.poll("foo", after: 2) == [
                .gap(.expired, ["foo"], after: 2, id: 3), .payloads(["3", "4"], cursor: 5),
            ])
    }

    @Test("a quiet channel is never called expired")
    func quiet() throws {
        let stand = TableStand(count: 1, age: .seconds(10))
        try stand.attach("quiet")
        try stand.attach("busy")
        stand.obey()
        for _ in 0..<100 {
            stand.deliver("busy", "noise")
            stand.pass(.seconds(100))
        }
        #expect(try stand.poll("quiet", after: 1) == [])
        // Also after its last notification was dropped for its age: who has read it misses nothing.
        stand.deliver("quiet", "1")
        stand.pass(.seconds(100))
        #expect(try stand.poll("quiet", after: 102) == [])
        #expect(try stand.poll("quiet", after: 101) == [.gap(.expired, ["quiet"], after: 101, id: 102)])
    }

    @Test("a reader under way that was too slow for what is kept is told so")
    func overflow() throws {
        let stand = TableStand(count: 2)
        let id = try stand.park("foo")
        stand.obey()
        stand.deliver("foo", "1")
        #expect(stand.look(id) == .payloads(["1"], cursor: 2))
        stand.deliver("foo", "2", "3", "4", "5")
        #expect(stand.lookAtAll(id) == [.gap(.overflow, ["foo"], after: 2, id: 4), .payloads(["4", "5"], cursor: 6)])
        // It was parked again, so that it gets what woke it, and is told of what was dropped after that.
        stand.deliver("foo", "6", "7", "8", "9")
        #expect(
            stand.lookAtAll(id) == [
                .payloads(["6"], cursor: 7), .gap(.overflow, ["foo"], after: 7, id: 8), .payloads(["8", "9"], cursor: 10),
            ])
    }

    @Test("a reader that reads in portions is told of what was dropped between two of them")
    func overflowBetweenPortions() throws {
        let stand = TableStand(count: 3)
        let id = try stand.park("foo")
        stand.obey()
        stand.deliver("foo", "1", "2", "3")
        #expect(stand.look(id, limit: 1) == .payloads(["1"], cursor: 2))
        stand.deliver("foo", "4", "5")
        #expect(stand.look(id, limit: 1) == .gap(.overflow, ["foo"], after: 2, id: 3))
        #expect(stand.look(id, limit: 1) == .payloads(["3"], cursor: 4))
        #expect(stand.look(id) == .payloads(["4", "5"], cursor: 6))
        #expect(stand.look(id) == .nothing)
    }

    @Test("an unreadable cursor, one of another run and one from the future are all told as a restart, and go on at now")
    func restarted() throws {
        let stand = TableStand()
        try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1")
        let starts: [TableStand.Table.Start] = [
            .unreadable, .after(Cursor(epoch: "other", position: 1)), stand.after(3),
        ]
        for start in starts {
            let id = try stand.attach("foo", from: start)
            #expect(stand.lookAtAll(id) == [.gap(.restarted, ["foo"], after: nil, id: 2)])
        }
        #expect(try stand.poll("foo", after: 2) == [])
    }

    @Test("a restart is told when all channels are confirmed, and once for all of them")
    func restartOfSeveral() throws {
        let stand = TableStand()
        try stand.attach("foo")
        stand.obey()
        let id = try stand.attach("foo", "bar", from: .unreadable)
        #expect(stand.look(id) == .nothing)
        #expect(stand.deliver("foo", "in between") == [1])
        #expect(stand.look(id) == .nothing)
        #expect(stand.obey().woken == [1])
        #expect(stand.look(id) == .gap(.restarted, ["foo", "bar"], after: nil, id: 3))
        stand.deliver("bar", "1")
        #expect(stand.lookAtAll(id) == [.payloads(["1"], cursor: 4)])
    }

    @Test("many channels merge in one order, each with its own floor")
    func manyChannels() throws {
        let stand = TableStand(count: 2)
        try stand.attach("a")
        stand.obey()
        stand.deliver("a", "1", "2", "3")
        try stand.attach("b")
        stand.obey()
        stand.deliver([("b", "4"), ("a", "5"), ("b", "6"), ("b", "7")])
        // a: floor 3 by what was dropped, then 2 at 3, so that 3 and 5 are kept. b: listened to at 5; 6 and 7 are kept.
        #expect(
            try stand.poll("b", "a", after: 1) == [
                .gap(.expired, ["a"], after: 1, id: 3), .payloads(["3"], cursor: 4),
                .gap(.expired, ["b"], after: 4, id: 6), .payloads(["5", "6", "7"], cursor: 9),
            ])
    }

    @Test("gaps of one reader at the same place are told as one that names all their channels")
    func mergedGaps() throws {
        let stand = TableStand()
        try stand.attach("x")
        stand.obey()
        let id = try stand.park("a", "x", "b", "c", from: stand.after(1))
        #expect(stand.obey().woken == [1])
        #expect(stand.lookAtAll(id) == [.gap(.unlistened, ["a", "b", "c"], after: 1, id: 2)])
        stand.lose()
        stand.obey()
        #expect(stand.lookAtAll(id) == [.gap(.reconnected, ["a", "x", "b", "c"], after: 2, id: 3)])
    }

    @Test("what is not confirmed yet holds back nothing of what is")
    func independentChannels() throws {
        let stand = TableStand()
        try stand.attach("on")
        stand.obey()
        let id = try stand.park("on", "off", from: stand.after(1))
        #expect(stand.deliver("on", "1") == [1])
        #expect(stand.look(id) == .payloads(["1"], cursor: 2))
        #expect(stand.look(id) == .nothing)
        #expect(stand.obey().woken == [1])
        #expect(stand.lookAtAll(id) == [.gap(.unlistened, ["off"], after: 2, id: 3)])
    }

    @Test("notifications before a gap are handed out first, and the gap stands alone")
    func gapStandsAlone() throws {
        let stand = TableStand()
        let id = try stand.park("foo")
        stand.obey()
        stand.deliver("foo", "1")
        stand.lose()
        stand.obey()
        stand.deliver("foo", "2")
        #expect(
            stand.lookAtAll(id) == [
                .payloads(["1"], cursor: 2), .gap(.reconnected, ["foo"], after: 2, id: 3), .payloads(["2"], cursor: 4),
            ])
    }
}
