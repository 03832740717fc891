import HistoryChecker
import Threads

/// What a `Canary` noticed of a fault.
struct Song: Sendable, CustomStringConvertible {
    let verdict: Verdict
    /// From the beginning of each acknowledged post until its reader of events had it; in order of their lengths.
    let latencies: [Duration]
    /// The longest time a post took to be answered.
    let longestPost: Duration

    init(_ history: RunHistory) {
        verdict = HistoryChecker.check(history)
        var seen: [String: MonotonicInstant] = [:]
        for sighting in history.readers[0].sightings {
            if case .notification(_, let payload) = sighting.what { seen[payload] = sighting.instant }
        }
        latencies = history.writings
            .filter { $0.outcome == .acknowledged }
            .compactMap { writing in seen[writing.payload].map { $0 - writing.invoked } }
            .sorted()
        longestPost = history.writings.map { $0.finished - $0.invoked }.max() ?? .zero
    }

    /// The latency that so many of a hundred posts did not exceed.
    func latency(percent: Int) -> Duration {
        latencies.isEmpty ? .zero : latencies[min(latencies.count - 1, latencies.count * percent / 100)]
    }

    var description: String {
        "canary: \(verdict.acknowledgedCount) posts acknowledged, seen after \(latency(percent: 50).milliseconds) (median), "
            + "\(latency(percent: 99).milliseconds) (99 %), \(latency(percent: 100).milliseconds) (longest); "
            + "longest post \(longestPost.milliseconds)"
    }
}
