/// How much a canary and a server may be disturbed by a fault.
struct Bounds: Sendable {
    /// The reasons of gaps that the canary may be told.
    var gapReasons: Set<String> = []
    /// The longest time in which a post of the canary must be answered: `post_timeout` and a second.
    var post: Duration = .seconds(4)
    /// The longest time until a fresh post is delivered.
    var recovery: Duration = .seconds(10)
    /// How many clients there are at a time. The allocator keeps what their connections had: 24 KiB each and what goes with it.
    var clientCount = 0

    /// How much more memory the server may have afterwards.
    var keptBytes: Int { Footprint.residentBytesSlack + clientCount * (48 << 10) }
}
