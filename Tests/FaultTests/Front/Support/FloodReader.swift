import TestSupport

/// Follows what `Scene.flood` notifies: whatever it is not shown must be in a gap, and nothing may come twice.
struct FloodReader {
    private let byteCount: Int
    /// The last number that was seen.
    private(set) var last = 0
    private(set) var seenCount = 0
    private(set) var gapReasons: [String] = []
    private var isAfterGap: Bool

    /// - Parameter isFromStart: false for a reader that may have come after the first.
    init(byteCount: Int, isFromStart: Bool = true) {
        self.byteCount = byteCount
        isAfterGap = !isFromStart
    }

    /// Takes an event.
    ///
    /// - Throws: when something was lost, repeated, or torn.
    mutating func take(type: String, data: String) throws {
        guard type != "gap" else {
            gapReasons.append(data.firstMatch(of: #/"reason":"([a-z]+)"/#).map { String($0.1) } ?? data)
            isAfterGap = true
            return
        }
        guard let number = Scene.number(in: data, byteCount: byteCount) else {
            throw TestSupportError("a torn event of \(data.utf8.count) bytes: \(data.prefix(40)) … \(data.suffix(40))")
        }
        guard isAfterGap ? number > last : number == last + 1 else {
            throw TestSupportError("\(number) came after \(last)\(isAfterGap ? " and a gap" : "")")
        }
        isAfterGap = false
        last = number
        seenCount += 1
    }
}
