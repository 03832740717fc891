import Testing

@testable import TrunklineHTTP

@Suite("Numbered places")
struct NumberedPlacesTests {
    @Test("keep each element under a number of its own until it is taken out")
    func ownNumbers() {
        var places = NumberedPlaces<String>()
        let numbers = ["a", "b", "c"].map { places.insert($0) }
        #expect(Set(numbers).count == 3)
        places.remove(numbers[1])
        #expect(places.all.sorted() == ["a", "c"])
        let reused = places.insert("d")
        #expect(reused != numbers[0] && reused != numbers[2])
        #expect(places.all.sorted() == ["a", "c", "d"])
    }

    @Test("are empty before the first element and after the last one")
    func emptiness() {
        var places = NumberedPlaces<String>()
        #expect(places.isEmpty)
        let numbers = ["a", "b"].map { places.insert($0) }
        #expect(!places.isEmpty)
        places.remove(numbers[0])
        #expect(!places.isEmpty)
        places.remove(numbers[1])
        #expect(places.isEmpty)
        #expect(places.all.isEmpty)
    }

    @Test("need no more room than what was there at once")
    func room() {
        var places = NumberedPlaces<Int>()
        let first = places.insert(0)
        for number in 1...100 {
            let place = places.insert(number)
            #expect(place <= 1)
            places.remove(place)
        }
        places.remove(first)
        #expect(places.isEmpty)
    }
}
