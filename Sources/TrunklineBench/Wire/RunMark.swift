/// What every payload of a run begins with: `~7f3a9c2e.0000000042~`, the run and the number of the post. Its length never
/// changes, so that a request is made once and only its digits are overwritten.
struct RunMark {
    static let byteCount = 21
    private static let numberOffset = 10
    private static let numberDigits = 10

    /// Eight hexadecimal digits that no other run has.
    let run: String
    private let beginning: [UInt8]

    init(run: UInt32) {
        let digits = String(run, radix: 16)
        self.run = String(repeating: "0", count: 8 - digits.count) + digits
        beginning = Array("~\(self.run).".utf8)
    }

    /// The mark of a post, as text.
    func text(_ number: Int) -> String {
        let digits = String(number)
        return "~\(run)." + String(repeating: "0", count: Self.numberDigits - digits.count) + digits + "~"
    }

    /// Overwrites the number of the mark that stands at `index`.
    static func write(_ number: Int, into bytes: inout [UInt8], at index: Int) {
        DecimalDigits.write(number, into: &bytes, at: index + numberOffset, count: numberDigits)
    }

    /// The number of the first mark of this run in a range.
    func find(in bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var rest = range
        while let start = bytes.index(of: UInt8(ascii: "~"), in: rest) {
            if let number = read(bytes, start, range.upperBound) { return number }
            rest = start + 1..<range.upperBound
        }
        return nil
    }

    private func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard end - start >= Self.byteCount, bytes[start + Self.byteCount - 1] == UInt8(ascii: "~") else { return nil }
        for index in 1..<Self.numberOffset where bytes[start + index] != beginning[index] { return nil }
        var number = 0
        for index in start + Self.numberOffset..<start + Self.numberOffset + Self.numberDigits {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int(digit)
        }
        return number
    }
}
