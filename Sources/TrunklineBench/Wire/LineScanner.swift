/// Finds what a benchmark looks for in the body of an answer, whatever way of reading it came by: each is lines, and a line
/// holds a payload or tells of a gap.
///
/// Only the beginning of a line counts: it is all that is kept of one that is cut.
struct LineScanner {
    /// What a line holds.
    enum Sighting: Equatable {
        /// A payload of this run, by its number.
        case delivery(Int)
        /// The server says that notifications were missed.
        case gap
    }

    /// The longest thing before a payload is the JSON object around it.
    private static let keptBytesMax = 240

    private var kept = InlineArray<240, UInt8>(repeating: 0)
    private var keptCount = 0

    /// The next thing of note.
    ///
    /// - Parameters:
    ///   - range: what of `bytes` is still to be looked at; its beginning is moved.
    ///   - isLast: whether the body ends with it.
    /// - Returns: `nil` when all of it was looked at.
    mutating func next(in bytes: Span<UInt8>, _ range: inout Range<Int>, isLast: Bool, mark: RunMark) -> Sighting? {
        while !range.isEmpty {
            let end = bytes.index(of: UInt8(ascii: "\n"), in: range)
            let line = range.lowerBound..<(end ?? range.upperBound)
            range = (end.map { $0 + 1 } ?? range.upperBound)..<range.upperBound
            if end == nil && !isLast {
                keep(bytes, line)
            } else if let sighting = look(at: bytes, line, mark) {
                return sighting
            }
        }
        return nil
    }

    /// The body has ended where it was not known before: its last line may have no end of its own.
    mutating func finish(mark: RunMark) -> Sighting? {
        defer { keptCount = 0 }
        return Self.classify(kept.span, 0..<keptCount, mark)
    }

    private mutating func look(at bytes: Span<UInt8>, _ line: Range<Int>, _ mark: RunMark) -> Sighting? {
        guard keptCount > 0 else { return Self.classify(bytes, line, mark) }
        keep(bytes, line)
        return finish(mark: mark)
    }

    private mutating func keep(_ bytes: Span<UInt8>, _ line: Range<Int>) {
        for index in line.prefix(Self.keptBytesMax - keptCount) {
            kept[keptCount] = bytes[index]
            keptCount += 1
        }
    }

    private static func classify(_ bytes: Span<UInt8>, _ line: Range<Int>, _ mark: RunMark) -> Sighting? {
        let beginning = line.prefix(keptBytesMax)
        if let number = mark.find(in: bytes, beginning) { return .delivery(number) }
        switch beginning.first.map({ bytes[$0] }) {
        case UInt8(ascii: "e") where bytes.has("event: gap", at: line.lowerBound): return .gap
        case UInt8(ascii: "{") where bytes.has("{\"type\":\"gap\"", at: line.lowerBound): return .gap
        default: return nil
        }
    }
}
