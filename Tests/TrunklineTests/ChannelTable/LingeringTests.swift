import Testing
import Threads

@testable import Trunkline

@Suite("Lingering: a channel outlives its last reader for a while")
struct LingeringTests {
    let stand = TableStand()

    @Test("the next reader with a cursor finds the history")
    func history() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.detach(id)
        stand.deliver("foo", "1")
        stand.pass(.seconds(59))
        #expect(stand.obey().commands == [])
        #expect(try stand.poll("foo", after: 1) == [.payloads(["1"], cursor: 2)])
    }

    @Test("UNLISTEN is sent when the linger is over, and everything of the channel is freed")
    func end() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1")
        #expect(stand.planTurn() == nil)
        // The last reader's leaving sets a new first deadline, which the listener must learn of.
        #expect(stand.detach(id) == true)
        #expect(stand.planTurn() == stand.now + .seconds(60))
        stand.pass(.seconds(60))
        #expect(stand.obey().commands == [.unlisten(["foo"])])
        #expect(stand.status("foo") == nil)
        #expect(stand.table.historyByteCount == 0)
        #expect(stand.planTurn() == nil)
    }

    @Test("only the first linger to end needs a new alarm")
    func alarm() throws {
        let first = try stand.attach("foo")
        let second = try stand.attach("bar")
        let third = try stand.attach("bar")
        stand.obey()
        #expect(stand.detach(first) == true)
        stand.pass(.seconds(1))
        #expect(stand.detach(second) == false)
        #expect(stand.detach(third) == false)
    }

    @Test("readers that come and go do not have the listener woken each time: it looks when the first linger would have ended")
    func comingAndGoing() throws {
        let first = try stand.attach("foo")
        stand.obey()
        #expect(stand.detach(first) == true)
        let turn = stand.now + .seconds(60)
        #expect(stand.planTurn() == turn)
        for _ in 0..<3 {
            stand.pass(.seconds(10))
            let next = try stand.attach("foo")
            #expect(stand.planTurn() == turn)
            #expect(stand.detach(next) == false)
        }
        // At that turn there is nothing to do, and the next one is planned.
        stand.pass(.seconds(30))
        #expect(stand.obey().commands == [])
        #expect(stand.planTurn() == stand.now + .seconds(30))
        stand.pass(.seconds(30))
        #expect(stand.obey().commands == [.unlisten(["foo"])])
        #expect(stand.planTurn() == nil)
        let last = try stand.attach("foo")
        stand.obey()
        #expect(stand.detach(last) == true)
    }

    @Test("a reader that comes in time ends the linger, and the next one begins anew")
    func backInTime() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.detach(id)
        stand.pass(.seconds(59))
        let next = try stand.attach("foo")
        stand.pass(.seconds(3_600))
        #expect(stand.obey().commands == [])
        stand.detach(next)
        stand.pass(.seconds(59))
        #expect(stand.obey().commands == [])
        stand.pass(.seconds(1))
        #expect(stand.obey().commands == [.unlisten(["foo"])])
    }

    @Test("with a linger of nothing the channel goes with its last reader")
    func none() throws {
        let stand = TableStand(linger: .zero)
        let id = try stand.attach("foo")
        stand.obey()
        #expect(stand.detach(id) == true)
        #expect(stand.obey().commands == [.unlisten(["foo"])])
        #expect(stand.status("foo") == nil)
    }

    @Test("a channel that was never listened to costs no command when it goes")
    func neverListened() throws {
        let stand = TableStand(linger: .zero)
        stand.detach(try stand.attach("foo"))
        #expect(stand.obey().commands == [])
        #expect(stand.status("foo") == nil)
    }

    @Test("a reader that comes while UNLISTEN is under way has the channel listened to again, and is told of the hole")
    func whileUnlistening() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.deliver("foo", "1")
        stand.detach(id)
        stand.pass(.seconds(60))
        #expect(stand.nextCommand() == .unlisten(["foo"]))
        let withCursor = try stand.attach("foo", from: stand.after(1), as: 2)
        let without = try stand.park("foo", as: 3)
        #expect(stand.lookAtAll(withCursor) == [.payloads(["1"], cursor: 2)])
        stand.confirmUnlisten("foo")
        #expect(stand.nextCommand() == .listen(["foo"]))
        #expect(stand.confirm("foo") == [2])
        #expect(stand.lookAtAll(withCursor) == [.gap(.unlistened, ["foo"], after: 2, id: 3)])
        #expect(stand.claim(without) == 3)
        #expect(stand.lookAtAll(without) == [])
        #expect(stand.deliver("foo", "2") == [2, 3])
        #expect(stand.look(without) == .payloads(["2"], cursor: 4))
    }

    @Test("what arrives after UNLISTEN was confirmed goes nowhere")
    func afterUnlisten() throws {
        let id = try stand.attach("foo")
        stand.obey()
        stand.detach(id)
        stand.pass(.seconds(60))
        stand.obey()
        #expect(stand.deliver("foo", "late") == [])
        let next = try stand.park("foo", as: 2)
        stand.obey()
        #expect(stand.lookAtAll(next) == [])
    }

    @Test("a channel that comes and goes while another command is under way is unlistened once")
    func comesAndGoes() throws {
        let stand = TableStand(linger: .zero)
        let id = try stand.attach("foo")
        stand.obey()
        stand.detach(id)
        try stand.attach("bar")
        #expect(stand.nextCommand() == .listen(["bar"]))
        stand.detach(try stand.attach("foo"))
        stand.confirm("bar")
        #expect(stand.obey().commands == [.unlisten(["foo"])])
        #expect(stand.status("foo") == nil)
        #expect(stand.status("bar") == .on)
    }

    @Test("LISTENs go in batches of at most 500, before UNLISTENs")
    func batches() throws {
        let stand = TableStand(linger: .zero, channels: 10_000)
        let old = try (0..<501).map { try stand.attach(ChannelName("old \($0)")) }
        #expect(stand.obey().commands.map(\.count) == [500, 1])
        for id in old { stand.detach(id) }
        for number in 0..<1_200 { try stand.attach(ChannelName("new \(number)")) }
        let commands = stand.obey().commands
        #expect(commands.map(\.count) == [500, 500, 200, 500, 1])
        #expect(commands.map(\.isListen) == [true, true, true, false, false])
    }
}

extension ChannelTable.Command {
    fileprivate var count: Int {
        switch self {
        case .listen(let names), .unlisten(let names): names.count
        }
    }

    fileprivate var isListen: Bool {
        if case .listen = self { true } else { false }
    }
}
