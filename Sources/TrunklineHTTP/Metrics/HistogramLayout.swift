/// The upper bounds of a histogram's buckets, and the unit of its values.
struct HistogramLayout: Sendable {
    /// Growing; a value that equals a bound belongs to it.
    let bounds: [Int64]
    /// How many of the unit make one of what is shown.
    let unitsPerShown: Double

    /// Nanoseconds, shown as seconds: from 10 µs, about what a delivery takes, to 10 s, beyond every time-out that matters.
    static let durations = Self(
        bounds: [
            10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
            1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
            1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
        ], unitsPerShown: 1e9)

    /// Whole numbers from 1 to 10,000, ten times the most that is sent at once.
    static let sizes = Self(
        bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000], unitsPerShown: 1)

    /// The index of the first bound that is not below the value; the number of bounds if all are.
    func bucket(of value: Int64) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func shown(_ value: Int64) -> String {
        Exposition.number(Double(value) / unitsPerShown)
    }
}
