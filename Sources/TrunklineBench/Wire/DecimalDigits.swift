/// Numbers of a fixed width in the middle of a request.
enum DecimalDigits {
    /// Overwrites `count` bytes with a number, with zeros before it.
    static func write(_ number: Int, into bytes: inout [UInt8], at index: Int, count: Int) {
        var rest = number
        var place = index + count
        while place > index {
            place -= 1
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
