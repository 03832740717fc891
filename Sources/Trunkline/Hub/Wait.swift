import Threads

/// One call of `Hub.wait`: a waiter whose answer resumes a task.
///
/// Ended exactly once, by whoever is first: the notification, the time-out, the cancellation, or the hub's stop.
final class Wait: Wakeable {
    typealias Answer = Result<Notification?, TrunklineError>

    private enum State {
        case idle
        case waiting(ReaderID, Timekeeper.TimerID?, CheckedContinuation<Answer, Never>)
        /// Ended before it began, or after.
        case ended(Answer)
    }

    private let hub: Hub
    private let state = Locked(State.idle)

    init(hub: Hub) {
        self.hub = hub
    }

    func begin(_ channel: ChannelName, timeout: Duration?, _ continuation: CheckedContinuation<Answer, Never>) {
        let id: ReaderID
        do throws(TrunklineError) {
            id = try hub.attach([channel], from: .now, owner: self)
        } catch {
            return continuation.resume(returning: .failure(error))
        }
        let timer = timeout.map { timeout in
            hub.timekeeper.schedule(at: .now + timeout) { [weak self] _ in
                self?.end(.success(nil))
                return nil
            }
        }
        let early: Answer? = state.withLock { state in
            if case .ended(let answer) = state { return answer }
            state = .waiting(id, timer, continuation)
            return nil
        }
        if let early {
            if let timer { hub.timekeeper.cancel(timer) }
            hub.detach(id)
            continuation.resume(returning: early)
        } else {
            look(id)
        }
    }

    func wake() {
        let id: ReaderID? = state.withLock { state in
            if case .waiting(let id, _, _) = state { return id } else { return nil }
        }
        if let id { look(id) }
    }

    private func look(_ id: ReaderID) {
        do throws(TrunklineError) {
            while true {
                switch try hub.look(id, countMax: 1, parks: true) {
                case .notifications(let entries, _):
                    guard case .notification(let notification) = entries[0].content else {
                        preconditionFailure("a gap is told by itself")
                    }
                    return end(.success(notification))
                case .failed(let error): throw error
                case .nothing: return
                // It waits for a notification, and that has not come.
                case .armed, .gap: continue
                }
            }
        } catch {
            end(.failure(error))
        }
    }

    /// Ends the wait, unless it has ended already.
    func end(_ answer: Answer) {
        let ended: (ReaderID, Timekeeper.TimerID?, CheckedContinuation<Answer, Never>)? = state.withLock { state in
            switch state {
            case .idle:
                state = .ended(answer)
                return nil
            case .waiting(let id, let timer, let continuation):
                state = .ended(answer)
                return (id, timer, continuation)
            case .ended:
                return nil
            }
        }
        guard let (id, timer, continuation) = ended else { return }
        if let timer { hub.timekeeper.cancel(timer) }
        hub.detach(id)
        continuation.resume(returning: answer)
    }
}
