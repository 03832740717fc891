import Threads

/// What PostgreSQL does by itself: the limit of every server before it.
struct DatabaseRun {
    private let settings: DatabaseSettings
    private let stop: EventDescriptor
    private let mark = RunMark(run: .random(in: 0 ... .max))
    private var latencies = Latencies()
    private var count = 0
    private var isStopping = false

    /// Runs it to its end.
    ///
    /// - Throws: when PostgreSQL cannot be reached, or refuses something.
    static func run(_ settings: DatabaseSettings, stop: EventDescriptor) throws(BenchError) -> BenchResult {
        var run = DatabaseRun(settings: settings, stop: stop)
        return switch settings.work {
        case .latency: try run.latency()
        case .transactions(let count): try run.transactions(count)
        case .batches(let size): try run.batches(size)
        }
    }

    private init(settings: DatabaseSettings, stop: EventDescriptor) {
        self.settings = settings
        self.stop = stop
    }

    private var channel: String { "bench-\(mark.run)" }

    private mutating func latency() throws(BenchError) -> BenchResult {
        let listener = try DatabaseSession(settings.conninfo, stop: stop)
        let notifier = try DatabaseSession(settings.conninfo, stop: stop)
        try listener.run("LISTEN \"\(channel)\"")
        var result = try measure { run, end throws(BenchError) in
            while !listener.isStopping, !notifier.isStopping, MonotonicInstant.now.nanoseconds < end {
                let start = MonotonicInstant.now.nanoseconds
                try notifier.send(run.statement())
                try listener.awaitNotification()
                run.latencies.add(MonotonicInstant.now.nanoseconds - start)
                try notifier.finish()
            }
            run.isStopping = listener.isStopping || notifier.isStopping
        }
        result.latency = latencies.summary
        return result
    }

    private mutating func transactions(_ connectionCount: Int) throws(BenchError) -> BenchResult {
        var sessions: [DatabaseSession] = []
        for _ in 0..<connectionCount { sessions.append(try DatabaseSession(settings.conninfo, stop: stop)) }
        var starts = Array(repeating: Int64(0), count: connectionCount)
        var poller = try Poller(watching: stop)
        for (index, session) in sessions.enumerated() { try poller.watch(session.socket, link: index) }
        isStopping = sessions.contains(where: \.isStopping)
        var result = try measure { run, end throws(BenchError) in
            for (index, session) in sessions.enumerated() {
                starts[index] = MonotonicInstant.now.nanoseconds
                try session.send(run.statement())
            }
            while !run.isStopping, MonotonicInstant.now.nanoseconds < end {
                for ready in 0..<poller.wait(until: end) {
                    let index = poller[ready].link
                    guard index >= 0 else {
                        run.isStopping = true
                        break
                    }
                    try sessions[index].read()
                    guard try sessions[index].takeResults() else { continue }
                    let now = MonotonicInstant.now.nanoseconds
                    run.latencies.add(now - starts[index])
                    starts[index] = now
                    try sessions[index].send(run.statement())
                }
            }
        }
        result.postCount = count
        result.postLatency = latencies.summary
        return result
    }

    private mutating func batches(_ size: Int) throws(BenchError) -> BenchResult {
        let session = try DatabaseSession(settings.conninfo, stop: stop)
        return try measure { run, end throws(BenchError) in
            while !session.isStopping, MonotonicInstant.now.nanoseconds < end {
                let payloads = (run.count..<run.count + size).map { Array(run.mark.text($0).utf8) }
                try session.notify(run.channel, payloads)
                try session.finish()
                run.count += size
            }
            run.isStopping = session.isStopping
        }
    }

    private mutating func statement() -> String {
        count += 1
        return "NOTIFY \"\(channel)\", '\(mark.text(count))'"
    }

    private mutating func measure(
        _ work: (inout Self, _ end: Int64) throws(BenchError) -> Void
    ) throws(BenchError) -> BenchResult {
        let meter = try Meter(server: [], database: settings.databaseProcesses)
        try work(&self, meter.start + settings.duration.nanoseconds)
        var result = BenchResult(.database, unit: "notification")
        result.seconds = Double(MonotonicInstant.now.nanoseconds - meter.start) / 1e9
        result.count = count
        result.isInterrupted = isStopping
        try meter.finish(&result, connectionCount: 0)
        return result
    }
}
