import HistoryChecker
import TestSupport
import Threads

/// Somebody who posts, and two who read, beside a fault: what they notice of it is what any other client would.
///
/// Every post is unlike every other, and `HistoryChecker` judges all that was posted and read.
struct Canary: Sendable {
    private let channel: String
    private let port: UInt16
    private let pause: Duration
    private let conninfo: String

    /// - Parameters:
    ///   - conninfo: of the server's database, for the witness.
    ///   - pause: between two posts.
    init(port: UInt16, conninfo: String, channel: String = "canary", pause: Duration = .milliseconds(10)) {
        self.port = port
        self.conninfo = conninfo
        self.channel = channel
        self.pause = pause
    }

    /// Posts and reads from before `act` begins until after it has ended.
    func sing(while act: @escaping @Sendable () throws -> Void) async throws -> Song {
        let witness = try await offPool { try Witness([channel], database: conninfo) }
        defer { witness.stop() }
        let readers: [any RecordingReader] = [
            EventSourceReader([channel], port: port), PollReader([channel], .json, port: port),
        ]
        let writings = WritingLog()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for reader in readers { group.addTask { try await reader.read() } }
            // Also when the fault fails: the group waits for its readers.
            defer { for reader in readers { reader.log.giveUp() } }
            try await post("begin", to: writings) { readers.allSatisfy(\.log.hasBegun) }
            guard readers.allSatisfy(\.log.hasBegun) else { throw TestSupportError("the canary never heard anything") }
            try await write(to: writings, beside: act)
            try await post("end", to: writings) { readers.allSatisfy(\.log.isDone) }
        }
        let last = writings.writings.last { $0.outcome == .acknowledged }?.payload
        try await offPool {
            try blockUntil("the witness has heard the last post") { witness.witnessed.last?.payload == last }
        }
        return Song(
            RunHistory(
                writings: writings.writings, witnessed: witness.witnessed, isWitnessComplete: witness.isComplete,
                readers: readers.map(\.log.history)))
    }

    private func write(to log: WritingLog, beside act: @escaping @Sendable () throws -> Void) async throws {
        let isOver = Locked(false)
        let (port, channel, pause) = (port, channel, pause)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await offPool {
                    try PostWriter("canary", [channel], pause: pause) { port }.write(to: log) { isOver.withLock { $0 } }
                }
            }
            group.addTask {
                defer { isOver.withLock { $0 = true } }
                try await offPool { try act() }
            }
            try await group.waitForAll()
        }
    }

    /// Posts again and again until all have heard of it: a reader that is just coming back hears of a later one.
    ///
    /// Whoever never comes to the end is called deaf by the checker.
    private func post(_ word: String, to log: WritingLog, until isHeard: @escaping @Sendable () -> Bool) async throws {
        let (port, channel) = (port, channel)
        let deadline = MonotonicInstant.now + .seconds(30)
        try await offPool {
            try PostWriter(word, [channel], pause: .milliseconds(50)) { port }.write(to: log) {
                isHeard() || MonotonicInstant.now > deadline
            }
        }
    }
}
