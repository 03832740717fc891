import Testing

@testable import Threads

@Suite("Slot table")
struct SlotTableTests {
    @Test("an element is found by its ID until it is removed, and its place is used again under another ID")
    func reuse() {
        var table = SlotTable<String>()
        let first = table.insert("one")
        let second = table.insert("two")
        #expect(table[first] == "one")
        #expect(table.remove(first) == "one")
        #expect(table[first] == nil)
        #expect(table.remove(first) == nil)
        let third = table.insert("three")
        #expect(third.slot == first.slot)
        #expect(third != first)
        #expect(table[first] == nil)
        #expect(table[second] == "two")
        #expect(table.id(at: Int(third.slot)) == third)
        #expect(SlotTable<String>.ID(word: third.word) == third)
        #expect(first.word != 0)
    }

    @Test("after all were removed every ID is void, and the places are used again")
    func emptied() {
        var table = SlotTable<Int>()
        let ids = (0..<10).map { table.insert($0) }
        table.removeAll()
        #expect(ids.allSatisfy { table[$0] == nil })
        #expect(table.id(at: 3) == nil)
        let slots = Set((0..<10).map { table.insert($0).slot })
        #expect(slots == Set(ids.map(\.slot)))
    }
}
