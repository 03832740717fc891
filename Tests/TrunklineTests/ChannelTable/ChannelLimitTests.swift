import Testing

@testable import Trunkline

@Suite("The limit of channels")
struct ChannelLimitTests {
    let stand = TableStand(channels: 3)

    @Test("as many channels as the limit allows are read; one more is refused and changes nothing")
    func edge() throws {
        for name: ChannelName in ["a", "b", "c"] { try stand.attach(name) }
        stand.obey()
        #expect(throws: TrunklineError.self) { try stand.attach("d") }
        #expect(throws: TrunklineError.self) { try stand.attach("a", "d") }
        #expect(stand.obey().commands == [])
        #expect(stand.table.readerCount == 3)
        try stand.attach("a", "b", "c")
        #expect(stand.table.readerCount == 4)
    }

    @Test("the error says which limit, and what to do")
    func error() throws {
        try stand.attach("a", "b", "c")
        let error = #expect(throws: TrunklineError.self) { try stand.attach("d") }
        #expect(error?.code == .overLimit)
        #expect(error?.message.contains("3 channels") == true)
    }

    @Test("channels that only linger give way, the longest without a reader first")
    func lingeringGivesWay() throws {
        let ids = try [stand.attach("a"), stand.attach("b"), stand.attach("c")]
        stand.obey()
        for place in [1, 0, 2] {
            stand.detach(ids[place])
            stand.pass(.seconds(1))
        }
        try stand.attach("d")
        #expect(stand.obey().commands == [.listen(["d"]), .unlisten(["b"])])
        try stand.attach("e", "f")
        #expect(stand.obey().commands == [.listen(["e", "f"]), .unlisten(["a", "c"])])
        #expect(stand.table.lingering.count == 0)
    }

    @Test("a lingering channel that is asked for again does not give way to its own reader")
    func ownChannel() throws {
        let ids = try [stand.attach("a"), stand.attach("b"), stand.attach("c")]
        stand.obey()
        stand.deliver("a", "kept")
        for id in ids {
            stand.detach(id)
            stand.pass(.seconds(1))
        }
        // a is the longest without a reader, and one of the three asked for.
        let id = try stand.attach("a", "d", "c", from: stand.after(1))
        #expect(stand.lookAtAll(id) == [.payloads(["kept"], cursor: 2)])
        #expect(stand.obey().commands == [.listen(["d"]), .unlisten(["b"])])
    }

    @Test("a request that cannot be met even so leaves those that linger alone")
    func notMet() throws {
        let lingering = try stand.attach("a")
        try stand.attach("b")
        stand.obey()
        stand.deliver("a", "kept")
        stand.detach(lingering)
        #expect(throws: TrunklineError.self) { try stand.attach("d", "e", "f") }
        #expect(stand.obey().commands == [])
        #expect(stand.table.lingering.count == 1)
        #expect(try stand.poll("a", after: 1) == [.payloads(["kept"], cursor: 2)])
        stand.pass(.seconds(60))
        #expect(stand.obey().commands == [.unlisten(["a"])])
    }

    @Test("a channel that gave way has lost its history, and its next reader is told")
    func givenWay() throws {
        let id = try stand.attach("a")
        stand.obey()
        stand.deliver("a", "1")
        stand.detach(id)
        let others = try stand.attach("b", "c", "d")
        stand.detach(others)
        #expect(try stand.poll("a", after: 1) == [.gap(.expired, ["a"], after: 1, id: 2)])
        stand.obey()
        #expect(stand.table.historyByteCount == 0)
    }
}
