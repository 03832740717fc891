import Threads

/// The reader behind one iterator of a `Subscription`: attached by its first `next()`, detached when the iterator goes.
final class Subscriber: Wakeable {
    /// The most that is taken out of the history at once.
    static let batchCountMax = 64

    typealias Answer = Result<[Subscription.Element], TrunklineError>

    private struct State {
        var reader: ReaderID?
        var continuation: CheckedContinuation<Answer, Never>?
        var isCancelled = false
    }

    private let hub: Hub
    private let channels: [ChannelName]
    private let start: Cursor?
    private let state = Locked(State())

    init(hub: Hub, channels: [ChannelName], start: Cursor?) {
        self.hub = hub
        self.channels = channels
        self.start = start
    }

    deinit {
        if let reader = state.withLock({ $0.reader }) { hub.detach(reader) }
    }

    /// What is next, at least one element; nothing when the task is cancelled.
    func next() async throws(TrunklineError) -> [Subscription.Element] {
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { $0.continuation = continuation }
                look()
            }
        } onCancel: {
            state.withLock { $0.isCancelled = true }
            finish(.success([]))
        }
        return try answer.get()
    }

    func wake() {
        look()
    }

    private func look() {
        do throws(TrunklineError) {
            if state.withLock({ $0.isCancelled }) { return finish(.success([])) }
            let reader = try attached()
            switch try hub.look(reader, countMax: Self.batchCountMax, parks: true) {
            case .notifications(let entries, _): finish(.success(entries.map { Self.element($0) }))
            case .gap(let gap): finish(.success([.gap(gap)]))
            case .failed(let error): throw error
            case .nothing: break
            case .armed: preconditionFailure("a subscriber does not ask to be told")
            }
        } catch {
            finish(.failure(error))
        }
    }

    private func attached() throws(TrunklineError) -> ReaderID {
        if let reader = state.withLock({ $0.reader }) { return reader }
        let reader = try hub.attach(channels, from: start.map { .after($0) } ?? .now, owner: WeakOwner(self))
        state.withLock { $0.reader = reader }
        return reader
    }

    private func finish(_ answer: Answer) {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(returning: answer)
    }

    private static func element(_ entry: Entry) -> Subscription.Element {
        guard case .notification(let notification) = entry.content else {
            preconditionFailure("a gap is told by itself")
        }
        return .notification(notification)
    }
}

/// Lets the table know a subscriber without keeping it: it leaves when its iterator does.
private final class WeakOwner: Wakeable {
    private let subscriber: Locked<Reference>

    private struct Reference {
        weak var subscriber: Subscriber?
    }

    init(_ subscriber: Subscriber) {
        self.subscriber = Locked(Reference(subscriber: subscriber))
    }

    func wake() {
        subscriber.withLock { $0.subscriber }?.wake()
    }
}
