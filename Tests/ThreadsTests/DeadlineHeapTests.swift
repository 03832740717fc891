import Testing

@testable import Threads

@Suite("Deadline heap")
struct DeadlineHeapTests {
    @Test("numbers come out in the order of their deadlines, whatever the order in which they went in")
    func order() {
        var heap = DeadlineHeap()
        var generator = SystemRandomNumberGenerator()
        let deadlines = (0..<500).map { _ in Int64.random(in: 0..<100, using: &generator) }
        for (number, deadline) in deadlines.enumerated() {
            heap.insert(UInt64(number), at: MonotonicInstant(nanoseconds: deadline))
        }
        var taken: [Int64] = []
        while let first = heap.first {
            taken.append(first.nanoseconds)
            #expect(heap.removeFirst().map { deadlines[Int($0)] } == first.nanoseconds)
        }
        #expect(taken == deadlines.sorted())
    }

    @Test("removed numbers never come out, and removing an unknown one changes nothing")
    func removal() {
        var heap = DeadlineHeap()
        var expected: [Int64: UInt64] = [:]
        for number in UInt64(0)..<300 {
            let instant = Int64(number * 7919 % 300)
            heap.insert(number, at: MonotonicInstant(nanoseconds: instant))
            expected[instant] = number
        }
        for number in stride(from: UInt64(0), to: 300, by: 3) {
            heap.remove(number)
            heap.remove(number)
            expected = expected.filter { $0.value != number }
        }
        heap.remove(10_000)
        #expect(heap.count == expected.count)
        var order: [UInt64] = []
        while let number = heap.removeFirst() { order.append(number) }
        #expect(order == expected.sorted { $0.key < $1.key }.map(\.value))
    }

    @Test("an empty heap has no first deadline")
    func empty() {
        var heap = DeadlineHeap()
        #expect(heap.first == nil)
        #expect(heap.removeFirst() == nil)
    }
}
