import Threads

/// What a run is to do.
package struct BenchSettings: Sendable {
    /// When a run ends by itself.
    package enum Limit: Sendable, Equatable {
        case duration(Duration)
        /// After so many posts or round trips.
        case count(Int)

        /// When the time is over that began at `start`.
        func end(after start: Int64) -> Int64 {
            switch self {
            case .duration(let duration): start + duration.nanoseconds
            case .count: .max
            }
        }

        /// How often the work may be done at the most.
        var countMax: Int {
            switch self {
            case .duration: .max
            case .count(let count): count
            }
        }
    }

    package let target: Target
    package var mode = ReadingMode.sse
    /// The targets of the requests, in which `{channel}` and `{payload}` are replaced; `nil` is the server's own way.
    package var waitPath: String?
    package var postPath = "/post?channel={channel}"
    /// Further fields of every request, `Name: value` each.
    package var fields: [String] = []
    package var readerCount = 1
    package var posterCount = 1
    package var channelCount = 1
    /// What the names of the channels begin with; `nil` makes names that no other run has.
    package var channelPrefix: String?
    package var payloadByteCount = RunMark.byteCount
    /// All payloads are the same.
    package var isPayloadConstant = false
    package var limit = Limit.duration(.seconds(5))
    /// How long the work goes on before it is measured.
    package var warmUp = Duration.milliseconds(500)
    /// Posts a second; `nil` is as fast as they are answered.
    package var rate: Double?
    package var serverProcesses: [Int32] = []
    package var databaseProcesses: [Int32] = []
    /// Called once a second with how far the run has come.
    package var progress: (@Sendable (String) -> Void)?

    package init(target: Target) {
        self.target = target
    }

    /// The smallest payload: it must have room for the run and the number of the post.
    package static let payloadByteCountMin = RunMark.byteCount
    /// As many as the names of the channels have digits for.
    package static let channelCountMax = 100_000
}
