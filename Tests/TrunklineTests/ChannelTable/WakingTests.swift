import Testing

@testable import Trunkline

@Suite("Waking: look again, and nothing more")
struct WakingTests {
    let stand = TableStand()

    /// A stand with a channel `foo` that is listened to; one position is taken.
    init() throws {
        try stand.attach("foo", as: 0)
        stand.obey()
    }

    @Test("a second notification that comes before the first waiter has looked is not lost")
    func secondBeforeLook() throws {
        let id = try stand.park("foo")
        #expect(stand.deliver("foo", "1") == [1])
        #expect(stand.deliver("foo", "2") == [])
        #expect(stand.look(id) == .payloads(["1", "2"], cursor: 3))
        #expect(stand.look(id) == .nothing)
    }

    @Test("with a limit of one, the second is there at the next look")
    func limitOfOne() throws {
        let id = try stand.park("foo")
        stand.deliver("foo", "1", "2")
        #expect(stand.look(id, limit: 1) == .payloads(["1"], cursor: 2))
        #expect(stand.look(id, limit: 1) == .payloads(["2"], cursor: 3))
        #expect(stand.look(id, limit: 1) == .nothing)
    }

    @Test("all waiters of a channel are woken, once each, in the order in which they were parked")
    func allWaiters() throws {
        let ids = try (1...100).map { try stand.park("foo", as: $0) }
        #expect(stand.deliver("foo", "1", "2", "3") == Array(1...100))
        #expect(stand.waiterCount("foo") == 0)
        for id in ids { #expect(stand.look(id) == .payloads(["1", "2", "3"], cursor: 4)) }
    }

    @Test("one reading of the socket keeps its order over all channels")
    func batchOrder() throws {
        try stand.attach("bar", as: 0)
        stand.obey()
        let id = try stand.park("bar", "foo")
        #expect(stand.deliver([("foo", "1"), ("bar", "2"), ("foo", "3"), ("foo", "4"), ("bar", "5")]) == [1])
        #expect(stand.look(id) == .payloads(["1", "2", "3", "4", "5"], cursor: 7))
    }

    @Test("a waiter of two channels is woken once when both have something")
    func twoChannels() throws {
        try stand.attach("bar", as: 0)
        stand.obey()
        let id = try stand.park("foo", "bar")
        #expect(stand.deliver([("bar", "1"), ("foo", "2")]) == [1])
        #expect(stand.look(id) == .payloads(["1", "2"], cursor: 4))
        #expect(stand.look(id) == .nothing)
        #expect(stand.deliver("foo", "3") == [1])
    }

    @Test("a reader that does not park is not woken")
    func notParked() throws {
        let id = try stand.attach("foo")
        #expect(stand.look(id, parks: false) == .nothing)
        #expect(stand.deliver("foo", "1") == [])
        #expect(stand.look(id, parks: false) == .payloads(["1"], cursor: 2))
    }

    @Test("a channel of another name wakes nobody, also by one byte of case")
    func otherChannels() throws {
        try stand.attach("Foo", as: 0)
        stand.obey()
        let id = try stand.park("foo")
        #expect(stand.deliver("Foo", "1") == [])
        #expect(stand.deliver("never listened to", "1") == [])
        #expect(stand.claim(id) == 1)
        #expect(stand.look(id) == .nothing)
    }

    @Test("whoever claims a waiter first has it, and nobody has it twice")
    func claiming() throws {
        let id = try stand.park("foo")
        #expect(stand.claim(id) == 1)
        #expect(stand.claim(id) == nil)
        #expect(stand.deliver("foo", "1") == [])
        #expect(stand.look(id) == .payloads(["1"], cursor: 2))
        #expect(stand.look(id) == .nothing)
        #expect(stand.deliver("foo", "2") == [1])
        #expect(stand.claim(id) == nil)
    }

    @Test("all waiters can be claimed at once, those that are not parked excepted")
    func claimingAll() throws {
        try stand.park("foo", as: 1)
        try stand.attach("foo", as: 2)
        try stand.park("foo", as: 3)
        #expect(stand.claimAll().sorted() == [1, 3])
        #expect(stand.claimAll() == [])
        #expect(stand.deliver("foo", "1") == [])
    }

    @Test("a reader that has left is woken by nothing and finds nothing, and its id is void for good")
    func voidIDs() throws {
        let id = try stand.park("foo")
        stand.detach(id)
        #expect(stand.deliver("foo", "1") == [])
        #expect(stand.look(id) == .nothing)
        #expect(stand.claim(id) == nil)
        #expect(stand.leavingPosition(id) == nil)
        #expect(stand.detach(id) == false)
        // The next reader takes its place, and the old id does not name it.
        let next = try stand.park("foo", as: 2)
        #expect(next != id)
        #expect(stand.claim(id) == nil)
        stand.detach(id)
        #expect(stand.deliver("foo", "2") == [2])
    }

    @Test("waiters that leave or give up without being woken do not make the queue grow")
    func queueDoesNotGrow() throws {
        let staying = try stand.park("foo", as: 7)
        for _ in 0..<10_000 { stand.detach(try stand.park("foo")) }
        let moving = try stand.park("foo", as: 8)
        for _ in 0..<10_000 {
            #expect(stand.claim(moving) == 8)
            #expect(stand.look(moving) == .nothing)
        }
        #expect(stand.waiterCount("foo") == 2)
        #expect(stand.deliver("foo", "1") == [7, 8])
        #expect(stand.look(staying) == .payloads(["1"], cursor: 2))
        #expect(stand.table.readers.count <= 4)
    }

    @Test("a busy channel leaves no trace in the queue of a quiet one")
    func quietQueue() throws {
        try stand.attach("quiet", as: 0)
        stand.obey()
        let id = try stand.park("foo", "quiet")
        for number in 0..<1_000 {
            #expect(stand.deliver("foo", Payload(stringLiteral: "\(number)")) == [1])
            #expect(stand.lookAtAll(id).count == 1)
        }
        #expect(stand.waiterCount("quiet") == 1)
        #expect(stand.deliver("quiet", "at last") == [1])
    }
}
