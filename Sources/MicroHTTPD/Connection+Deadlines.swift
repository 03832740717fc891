import Threads

/// Deadlines, on the timekeeper's thread.
extension Connection {
    func schedule(at instant: MonotonicInstant) {
        let id = core.timekeeper.schedule(at: instant) { [self] now in check(now) }
        let isClosed = state.withLock { state in
            timer = id
            return state.phase == .closed
        }
        if isClosed { core.timekeeper.cancel(id) }
    }

    private func check(_ now: MonotonicInstant) -> MonotonicInstant? {
        var next: MonotonicInstant?
        resume { state in
            switch state.check(now: now, core.deadlines, progress: { TCPProgress(of: descriptor) }) {
            case .none: state.isChecked = false
            case .later(let instant): next = instant
            case .awaitInput(let instant):
                next = instant
                if let watch { core.timekeeper.setInputWatched(true, watch, descriptor) }
            case .shutDown:
                state.isChecked = false
                return shutDown(&state)
            }
            return .none
        }
        return next
    }

    func inputArrived() {
        let now = MonotonicInstant.now
        state.withLock { state in
            guard state.phase != .closed, let watch else { return }
            core.timekeeper.setInputWatched(false, watch, descriptor)
            state.inputArrived(now: now)
        }
    }
}
