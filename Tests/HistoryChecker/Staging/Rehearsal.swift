import Glibc
import TestSupport
import Threads

/// One run: readers begin, writers write while faults happen, everybody comes to the end, and the checker judges.
package struct Rehearsal: Sendable {
    /// What somebody saw who listens to PostgreSQL directly, and whether that is all.
    package typealias Testimony = (witnessed: [RunHistory.Witnessed], isComplete: Bool)

    /// So many times its length a run may last until enough was written.
    private static let patience = 30

    /// Asked again and again whether it is time to end.
    package typealias IsOver = @Sendable () -> Bool

    let readers: [any RecordingReader]
    let writers: [any Writer]
    let port: @Sendable () -> UInt16
    let testimony: @Sendable () -> Testimony

    /// - Parameters:
    ///   - port: of the server, for the notifications that begin and end the run.
    ///   - testimony: asked for at the end.
    package init(
        readers: [any RecordingReader], writers: [any Writer], port: @escaping @Sendable () -> UInt16,
        testimony: @escaping @Sendable () -> Testimony
    ) {
        self.readers = readers
        self.writers = writers
        self.port = port
        self.testimony = testimony
    }

    /// Runs, and judges.
    ///
    /// - Parameters:
    ///   - length: how long the writers write.
    ///   - countMin: they go on, on a slow machine up to `patience` times as long, until so many were written.
    ///   - faults: happens while the writers write; gets to know when they are done.
    ///   - beforeTheEnd: makes the way free for the last notifications.
    /// - Throws: when the readers never begin.
    package func run(
        for length: Duration, countMin: Int = 0, faults: @escaping @Sendable (IsOver) throws -> Void = { _ in },
        beforeTheEnd: @escaping @Sendable () -> Void = {}
    ) async throws -> Verdict {
        let log = WritingLog()
        let history = try await perform(log) {
            try await write(to: log, for: length, countMin: countMin, faults)
            beforeTheEnd()
        }
        return HistoryChecker.check(history)
    }

    /// Lets the readers begin, does `act`, and lets everybody come to the end.
    func perform(_ log: WritingLog, _ act: () async throws -> Void) async throws -> RunHistory {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in readers { group.addTask { try await reader.read() } }
            defer {
                readers.forEach { $0.log.giveUp() }
                group.cancelAll()
            }
            guard
                try await herald(
                    "begin", log, within: .seconds(20 * Slowdown.factor), until: { readers.allSatisfy(\.log.hasBegun) })
            else {
                let late = readers.filter { !$0.log.hasBegun }.map(\.log.history.name)
                throw TestSupportError("\(late) never saw anything")
            }
            try await act()
            // Whoever does not come to its end is called deaf by the checker.
            _ = try await herald("end", log, within: .seconds(15 * Slowdown.factor)) { readers.allSatisfy(\.log.isDone) }
        }
        try await offPool { awaitWitness(log) }
        let (witnessed, isComplete) = testimony()
        return RunHistory(
            writings: log.writings, witnessed: witnessed, isWitnessComplete: isComplete,
            readers: readers.map(\.log.history))
    }

    /// Gives the witness the time to read what was acknowledged at last. One that never hears of it makes that a false
    /// acknowledgement, which is the checker's to say.
    private func awaitWitness(_ log: WritingLog) {
        let (witnessed, isComplete) = testimony()
        // A run without a witness.
        if witnessed.isEmpty, !isComplete { return }
        guard let last = log.writings.last(where: { $0.outcome == .acknowledged })?.payload else { return }
        let end = MonotonicInstant.now + .seconds(10 * Slowdown.factor)
        while !testimony().witnessed.contains(where: { $0.payload == last }), MonotonicInstant.now < end { usleep(20_000) }
    }

    private func write(
        to log: WritingLog, for length: Duration, countMin: Int, _ faults: @escaping @Sendable (IsOver) throws -> Void
    ) async throws {
        let start = MonotonicInstant.now
        let isOver: IsOver = {
            let time = MonotonicInstant.now - start
            return time >= length && (log.count >= countMin || time >= length * Self.patience)
        }
        try await write(to: log, until: isOver) { try await offPool { try faults(isOver) } }
    }

    /// Writes beside `act`, and returns when both are done.
    func write(
        to log: WritingLog, until isOver: @escaping IsOver, beside act: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in writers { group.addTask { try await offPool { try writer.write(to: log, until: isOver) } } }
            group.addTask { try await act() }
            try await group.waitForAll()
        }
    }

    /// Posts something on each channel, again and again: a reader that is just coming back hears of a later one.
    ///
    /// - Returns: false when the time was over first.
    func herald(
        _ word: String, _ log: WritingLog, within duration: Duration, until isHeard: @escaping IsOver
    ) async throws -> Bool {
        let channels = Set(readers.flatMap(\.log.history.channels)).sorted()
        return try await offPool {
            let client = PostClient(port: port)
            let end = MonotonicInstant.now + duration
            var serial = 0
            while !isHeard() {
                guard MonotonicInstant.now < end else { return false }
                for channel in channels {
                    let payload = "<\(word)-\(serial)>"
                    log.write([(channel, payload, serial)], by: word) { client.post(payload, to: channel) }
                    serial += 1
                }
                usleep(60_000)
            }
            return true
        }
    }
}
