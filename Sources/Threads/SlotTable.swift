/// Elements at places that are used again, each named by an ID that is void once its element is gone.
struct SlotTable<Element> {
    /// Names one element for ever.
    struct ID: Hashable, Sendable {
        /// Its place: small, and given again.
        let slot: UInt32
        fileprivate let generation: UInt32

        /// In one word; never 0.
        var word: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

        init(word: UInt64) {
            slot = UInt32(truncatingIfNeeded: word)
            generation = UInt32(truncatingIfNeeded: word >> 32)
        }

        fileprivate init(slot: Int, generation: UInt32) {
            self.slot = UInt32(slot)
            self.generation = generation
        }
    }

    private var slots: [(generation: UInt32, element: Element?)] = []
    private var free: [UInt32] = []

    /// Adds an element.
    mutating func insert(_ element: Element) -> ID {
        if let slot = free.popLast().map({ Int($0) }) {
            // Wraps round after 4 billion uses of one place, past 0, which no element has.
            slots[slot].generation = max(1, slots[slot].generation &+ 1)
            slots[slot].element = element
            return ID(slot: slot, generation: slots[slot].generation)
        }
        slots.append((1, element))
        return ID(slot: slots.count - 1, generation: 1)
    }

    /// The element, if it is still there.
    subscript(id: ID) -> Element? {
        let slot = Int(id.slot)
        guard slot < slots.count, slots[slot].generation == id.generation else { return nil }
        return slots[slot].element
    }

    /// Who is at that place, if somebody is.
    func id(at slot: Int) -> ID? {
        slots[slot].element == nil ? nil : ID(slot: slot, generation: slots[slot].generation)
    }

    /// Takes an element out; one that is gone is no error.
    mutating func remove(_ id: ID) -> Element? {
        guard let element = self[id] else { return nil }
        slots[Int(id.slot)].element = nil
        free.append(id.slot)
        return element
    }

    mutating func removeAll() {
        for slot in slots.indices where slots[slot].element != nil {
            slots[slot].element = nil
            free.append(UInt32(slot))
        }
    }
}
