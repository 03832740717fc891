import Testing
import Threads

@testable import Trunkline

@Suite("A reader that had asked before it was there")
struct AskingTests {
    let stand = TableStand()

    /// A channel that is listened to, with one notification of before.
    private func listen(_ names: ChannelName...) throws {
        for name in names {
            try stand.attach(name, as: 9)
            stand.obey()
            stand.deliver(name, "before")
        }
    }

    @Test("gets what has come since it asked, and nothing of what was there by then")
    func since() throws {
        try listen("foo")
        let asked = stand.now
        stand.pass(.milliseconds(1))
        stand.deliver("foo", "1")
        stand.deliver("foo", "2")
        let id = try stand.attach("foo", from: .asked(asked))
        #expect(stand.look(id, limit: 1) == .payloads(["1"], cursor: 3))
        #expect(stand.look(id) == .payloads(["2"], cursor: 4))
        #expect(stand.look(id) == .nothing)
        #expect(stand.deliver("foo", "3") == [1])
        #expect(stand.look(id) == .payloads(["3"], cursor: 5))
    }

    @Test("waits like any other where nothing has come since")
    func nothing() throws {
        try listen("foo")
        let id = try stand.park("foo", from: .asked(stand.now))
        #expect(stand.deliver("foo", "1") == [1])
        #expect(stand.look(id) == .payloads(["1"], cursor: 3))
    }

    @Test("on several channels gets all of them in their order")
    func severalChannels() throws {
        try listen("foo", "bar")
        let asked = stand.now
        stand.pass(.milliseconds(1))
        stand.deliver("bar", "1")
        stand.deliver("foo", "2")
        let id = try stand.attach("foo", "bar", from: .asked(asked))
        #expect(stand.look(id) == .payloads(["1", "2"], cursor: 6))
    }

    @Test("where some of that is not kept any more, begins like one that asks only now, without a gap")
    func dropped() throws {
        let stand = TableStand(count: 1)
        try stand.attach("foo", as: 9)
        stand.obey()
        let asked = stand.now
        stand.pass(.milliseconds(1))
        stand.deliver("foo", "1")
        stand.deliver("foo", "2")
        let id = try stand.attach("foo", from: .asked(asked))
        #expect(stand.look(id) == .nothing)
    }

    @Test("is not hindered by what was dropped before it asked")
    func droppedBefore() throws {
        let stand = TableStand(count: 1)
        try stand.attach("foo", as: 9)
        stand.obey()
        stand.deliver("foo", "1")
        stand.deliver("foo", "2")
        let asked = stand.now
        stand.pass(.milliseconds(1))
        stand.deliver("foo", "3")
        let id = try stand.attach("foo", from: .asked(asked))
        #expect(stand.look(id) == .payloads(["3"], cursor: 4))
    }

    @Test("on several channels, one of which is listened to only since, begins like one that asks only now, without a gap")
    func armedMeanwhile() throws {
        try listen("foo")
        let asked = stand.now
        stand.pass(.milliseconds(1))
        stand.deliver("foo", "1")
        try stand.attach("bar", as: 9)
        stand.obey()
        let id = try stand.attach("foo", "bar", from: .asked(asked))
        #expect(stand.look(id) == .nothing)
    }

    @Test("on a channel that nobody listened to yet begins with its LISTEN")
    func firstReader() throws {
        let id = try stand.attach("foo", from: .asked(stand.now))
        stand.obey()
        #expect(stand.look(id) == .nothing)
        stand.deliver("foo", "1")
        #expect(stand.look(id) == .payloads(["1"], cursor: 2))
    }

    @Test("is told of a loss that has come since")
    func loss() throws {
        try listen("foo")
        let asked = stand.now
        stand.pass(.milliseconds(1))
        stand.lose()
        stand.obey()
        let id = try stand.attach("foo", from: .asked(asked))
        #expect(stand.look(id) == .gap(.reconnected, ["foo"], after: 2, id: 3))
    }
}
