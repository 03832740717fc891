/// A number of bytes, written plain or in binary units: `16384`, `16KiB`, `8 MiB`.
struct ByteSize: CustomStringConvertible {
    private static let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)]

    let count: Int

    init(count: Int) {
        self.count = count
    }

    /// - Parameter text: digits, then a unit or none, with or without a space between; anything else yields `nil`.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int(digits: digits) else { return nil }
        guard let factor = unit.isEmpty ? 1 : Self.units.first(where: { $0.0 == unit })?.1 else { return nil }
        let (product, isOverflow) = number.multipliedReportingOverflow(by: factor)
        guard !isOverflow else { return nil }
        count = product
    }

    /// In the largest unit that needs no fraction.
    var description: String {
        let (unit, factor) = Self.units.first { count >= $0.1 && count.isMultiple(of: $0.1) } ?? ("B", 1)
        return "\(count / factor) \(unit)"
    }
}
