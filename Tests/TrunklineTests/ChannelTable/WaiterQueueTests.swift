import Testing

@testable import Trunkline

@Suite("The waiter queue")
struct WaiterQueueTests {
    @Test("places come out in the order in which they went in, and only once")
    func order() {
        var queue = WaiterQueue()
        for slot in 0..<5 { queue.append(.init(slot: slot, ticket: UInt64(slot))) }
        #expect(queue.takeAll().map(\.slot) == [0, 1, 2, 3, 4])
        #expect(queue.isEmpty)
        #expect(queue.takeAll().isEmpty)
    }

    @Test("void tickets are swept out once they are the greater part, and valid ones stay in order")
    func sweeping() {
        var queue = WaiterQueue()
        for slot in 0..<100 { queue.append(.init(slot: slot, ticket: UInt64(slot))) }
        // Every ticket that three does not divide is void.
        for _ in 0..<66 { queue.noteVoidTicket { $0.ticket % 3 == 0 } }
        #expect(queue.waiterCount <= 49)
        let places = queue.takeAll()
        #expect(places.count < 100)
        #expect(places.filter { $0.ticket % 3 == 0 }.map(\.slot) == Array(stride(from: 0, to: 100, by: 3)))
        #expect(queue.waiterCount == 0)
    }
}
