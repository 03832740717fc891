import Threads

/// Puts load on a server, or on its database. Blocks the calling thread, which does all the work, until the run is over.
package enum Benchmark {
    /// What is done with a server.
    package enum Work: Sendable {
        case post, fanout, roundtrip, hold
    }

    /// - Parameters:
    ///   - settings: those that the work does not use are ignored.
    ///   - stop: once signalled, the run ends early, with what it has found so far.
    /// - Throws: when it cannot run at all: what goes wrong within it is counted.
    package static func run(
        _ work: Work, _ settings: BenchSettings, stop: EventDescriptor
    ) throws(BenchError) -> BenchResult {
        switch work {
        case .post: try PostLoad.run(settings, stop: stop)
        case .fanout: try FanoutLoad.run(settings, stop: stop)
        case .roundtrip: try RoundtripLoad.run(settings, stop: stop)
        case .hold: try HoldLoad.run(settings, stop: stop)
        }
    }
    /// The same, against PostgreSQL itself.
    ///
    /// - Throws: when it cannot be reached, or refuses something.
    package static func run(_ settings: DatabaseSettings, stop: EventDescriptor) throws(BenchError) -> BenchResult {
        try DatabaseRun.run(settings, stop: stop)
    }
}
