/// Things that come and go all the time, each under a number that is its own until it is taken out.
struct NumberedPlaces<Element> {
    private var places: [Element?] = []
    /// The numbers of the places with nothing in them.
    private var free: [Int] = []

    var isEmpty: Bool { free.count == places.count }

    /// In no order.
    var all: [Element] { places.compactMap { $0 } }

    /// - Returns: the number under which it is taken out again.
    mutating func insert(_ element: Element) -> Int {
        guard let number = free.popLast() else {
            places.append(element)
            return places.count - 1
        }
        places[number] = element
        return number
    }

    /// Takes out what was put in under the number, once.
    mutating func remove(_ number: Int) {
        precondition(places[number] != nil, "nothing is under the number \(number)")
        places[number] = nil
        free.append(number)
    }
}
