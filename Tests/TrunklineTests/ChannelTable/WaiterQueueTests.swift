import Testing

@testable import Trunkline

@Suite("The waiter queue")
struct WaiterQueueTests {
    @Test("places stand in the order in which they came, until all are taken")
    func order() {
        var queue = WaiterQueue()
        for slot in 0..<5 { queue.append(.init(slot: slot, ticket: UInt64(slot))) }
        #expect(queue.places.map(\.slot) == [0, 1, 2, 3, 4])
        queue.removeAll()
        #expect(queue.isEmpty)
        #expect(queue.waiterCount == 0)
    }

    @Test("void tickets are swept out once they are the greater part, and valid ones stay in order")
    func sweeping() {
        var queue = WaiterQueue()
        for slot in 0..<100 { queue.append(.init(slot: slot, ticket: UInt64(slot))) }
        // Every ticket that three does not divide is void.
        for _ in 0..<66 { queue.noteVoidTicket { $0.ticket % 3 == 0 } }
        #expect(queue.waiterCount <= 49)
        #expect(queue.places.count < 100)
        #expect(queue.places.filter { $0.ticket % 3 == 0 }.map(\.slot) == Array(stride(from: 0, to: 100, by: 3)))
    }
}
