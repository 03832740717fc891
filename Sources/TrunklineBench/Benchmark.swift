import Threads

/// Puts load on a server. Blocks the calling thread, which does all the work, until the run is over.
package enum Benchmark {
    /// - Parameters:
    ///   - settings: those that the work does not use are ignored.
    ///   - stop: once signalled, the run ends early, with what it has found so far.
    /// - Throws: when it cannot run at all: what goes wrong within it is counted.
    package static func run(
        _ work: BenchResult.Work, _ settings: BenchSettings, stop: EventDescriptor
    ) throws(BenchError) -> BenchResult {
        switch work {
        case .post: try PostLoad.run(settings, stop: stop)
        case .fanout: try FanoutLoad.run(settings, stop: stop)
        case .roundtrip: try RoundtripLoad.run(settings, stop: stop)
        case .hold: try HoldLoad.run(settings, stop: stop)
        }
    }
}
