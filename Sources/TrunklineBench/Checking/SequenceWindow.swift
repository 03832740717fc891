/// What one reader has seen of one poster's posts, which are numbered in their order: the last 64, and that is enough, as a
/// poster sends the next post only when the one before was answered.
struct SequenceWindow {
    /// What a number means to the reader.
    enum Sight: Equatable {
        case fresh
        /// One that was jumped over before.
        case late
        /// Seen before, or so old that nobody can tell.
        case duplicate
    }

    /// The lowest number above all seen.
    private var next: UInt32 = 0
    /// Bit 0 is for `next - 1`, bit 1 for the one below, and so on.
    private var seen: UInt64 = 0

    mutating func note(_ number: UInt32) -> Sight {
        if number >= next {
            let distance = UInt64(number - next) + 1
            seen = (distance < 64 ? seen << distance : 0) | 1
            next = number + 1
            return .fresh
        }
        let age = next - 1 - number
        guard age < 64, seen & (1 << UInt64(age)) == 0 else { return .duplicate }
        seen |= 1 << UInt64(age)
        return .late
    }

    /// Whether a number was seen, as far back as is remembered.
    func contains(_ number: UInt32) -> Bool {
        guard number < next, next - 1 - number < 64 else { return false }
        return seen & (1 << UInt64(next - 1 - number)) != 0
    }
}
