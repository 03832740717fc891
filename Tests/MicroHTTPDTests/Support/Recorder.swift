import Threads

/// What happened, in order, from any thread.
final class Recorder<Entry: Sendable>: Sendable {
    private let entries = Locked<[Entry]>([])

    func record(_ entry: Entry) {
        entries.withLock { $0.append(entry) }
    }

    var all: [Entry] { entries.withLock { $0 } }
    var count: Int { entries.withLock { $0.count } }
}
