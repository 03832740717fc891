/// When posts are due.
///
/// At a rate, a post that could not be sent in time stays due from its own moment on, and its latency counts from there: a
/// server that stands still for a second cannot hide it by taking no posts.
struct Pacing {
    private let start: Int64
    private let interval: Double?
    private var takenCount = 0

    /// - Parameter rate: posts a second; `nil` has one due at any time.
    init(rate: Double?, start: Int64) {
        self.start = start
        interval = rate.map { 1e9 / $0 }
    }

    /// When the next post is due; `nil` is now.
    var nextDue: Int64? {
        interval.map { start + Int64($0 * Double(takenCount)) }
    }

    /// Takes the next post if it is due.
    ///
    /// - Returns: from when its latency counts.
    mutating func take(_ now: Int64) -> Int64? {
        guard let due = nextDue else { return now }
        guard due <= now else { return nil }
        takenCount += 1
        return due
    }
}
