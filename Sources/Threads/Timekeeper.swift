import CLinux
import Glibc

/// One thread that owns all time-outs and notices peers that have gone.
///
/// It sleeps on epoll over one timerfd, one eventfd and every watched socket: nothing due costs nothing. Actions run on its
/// thread, one after the other, with no lock held; they must be short and must not block.
package final class Timekeeper: Sendable {
    /// Names one scheduled action, for `cancel`.
    package struct TimerID: Hashable, Sendable { fileprivate let id: SlotTable<TimedAction>.ID }
    /// Names one watched socket, for `unwatch`. Never used twice, so an event of a closed socket finds nobody.
    package struct WatchID: Hashable, Sendable { fileprivate let id: SlotTable<Watch>.ID }
    /// Runs at its time, or late, never early; a returned instant schedules it again under the same `TimerID`.
    package typealias TimedAction = @Sendable (_ now: MonotonicInstant) -> MonotonicInstant?

    fileprivate struct Watch {
        let onInput: (@Sendable () -> Void)?
        let onGone: @Sendable () -> Void
    }

    fileprivate struct State {
        /// The places of actions.
        var timers = DeadlineHeap()
        var actions = SlotTable<TimedAction>()
        var watches = SlotTable<Watch>()
        var armed: MonotonicInstant?
        var isStopping = false
        var thread: NamedThread?
    }

    private let state = Locked(State())
    private let wakeUp: EventDescriptor
    private let epoll: Int32
    private let timer: Int32

    /// Starts the thread.
    ///
    /// - Throws: `SystemError` when the process has no descriptors left.
    package init(name: String = "timekeeper") throws(SystemError) {
        wakeUp = try EventDescriptor()
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SystemError("epoll_create1") }
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
        // All properties are set from here on: `deinit` closes what there is also when this throws.
        guard timer >= 0 else { throw SystemError("timerfd_create") }
        for descriptor in [wakeUp.descriptor, timer] {
            var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: 0))
            guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw SystemError("epoll_ctl") }
        }
        let thread = NamedThread(name) { [self] in run() }
        state.withLock { $0.thread = thread }
    }

    deinit {
        close(epoll)
        close(timer)
    }

    /// Ends the thread; what is still scheduled never runs. Must not be called from an action.
    package func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        wakeUp.signal()
        thread?.join()
        state.withLock { state in
            state.actions.removeAll()
            state.watches.removeAll()
        }
    }

    /// Runs `action` at `instant`.
    @discardableResult
    package func schedule(at instant: MonotonicInstant, _ action: @escaping TimedAction) -> TimerID {
        state.withLock { state in
            let id = state.actions.insert(action)
            state.timers.insert(UInt64(id.slot), at: instant)
            arm(&state)
            return TimerID(id: id)
        }
    }

    /// Forgets a scheduled action. One that is just running is not waited for.
    package func cancel(_ id: TimerID) {
        // The action is released after the lock: its last reference may run code of others.
        _ = state.withLock { state in
            let action = state.actions.remove(id.id)
            // Its place may be somebody else's by now.
            if action != nil { state.timers.remove(UInt64(id.id.slot)) }
            return action
        }
    }

    /// Runs `onGone` when the peer of `socket` has closed, half-closed or reset it (`EPOLLRDHUP`, edge-triggered); more than
    /// once if `setInputWatched` is used.
    ///
    /// `unwatch` it before the descriptor is closed.
    ///
    /// - Parameters:
    ///   - onInput: runs when bytes have arrived, while `setInputWatched` asks for it.
    ///   - onGone: must be ready to run before `watch` has returned.
    /// - Throws: `SystemError` if the descriptor cannot be watched.
    package func watch(
        _ socket: Int32, onInput: (@Sendable () -> Void)? = nil, onGone: @escaping @Sendable () -> Void
    ) throws(SystemError) -> WatchID {
        let id = state.withLock { $0.watches.insert(Watch(onInput: onInput, onGone: onGone)) }
        var event = epoll_event(events: Self.goneEvents, data: epoll_data_t(u64: id.word))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0 else {
            let error = SystemError("epoll_ctl")
            _ = state.withLock { $0.watches.remove(id) }
            throw error
        }
        return WatchID(id: id)
    }

    /// Whether `onInput` is to run from now on; asking again tells of bytes that are still unread.
    ///
    /// Must not be called once the descriptor may have been closed: the kernel would apply it to its successor.
    package func setInputWatched(_ isWatched: Bool, _ id: WatchID, _ socket: Int32) {
        let events = isWatched ? Self.goneEvents | EPOLLIN.rawValue : Self.goneEvents
        var event = epoll_event(events: events, data: epoll_data_t(u64: id.id.word))
        // Fails only if the descriptor is not watched, which the id rules out.
        _ = epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)
    }

    private static let goneEvents = EPOLLRDHUP.rawValue | EPOLLET.rawValue

    /// Ends a watch; from then on its action does not start any more.
    package func unwatch(_ id: WatchID, _ socket: Int32) {
        var event = epoll_event()
        // Fails only if the descriptor was never added, which the id rules out.
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, socket, &event)
        _ = state.withLock { $0.watches.remove(id.id) }
    }

    /// Sets the timerfd to the earliest deadline. A cancelled one leaves it as it is: one idle wake-up is cheaper than a
    /// system call for each answered request.
    private func arm(_ state: inout State) {
        guard let first = state.timers.first, state.armed.map({ first < $0 }) ?? true else { return }
        state.armed = first
        // A zero value would disarm it.
        let nanoseconds = max(1, first.nanoseconds)
        var time = itimerspec(
            it_interval: timespec(),
            it_value: timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000)))
        let result = timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &time, nil)
        precondition(result == 0, "timerfd_settime refused \(nanoseconds) ns")
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            // Before the state is looked at: drained afterwards, the signal of a `stop()` in between would be lost.
            wakeUp.drain()
            if state.withLock({ $0.isStopping }) { return }
            for event in events.prefix(Int(max(0, count))) where event.data.u64 != 0 {
                let id = SlotTable<Watch>.ID(word: event.data.u64)
                if event.events & EPOLLIN.rawValue != 0 { state.withLock { $0.watches[id] }?.onInput?() }
                // Asked again: it may have been unwatched meanwhile, and its descriptor be somebody else's.
                if event.events & ~EPOLLIN.rawValue != 0 { state.withLock { $0.watches[id] }?.onGone() }
            }
            runDueActions()
        }
    }

    private func runDueActions() {
        var expirations: UInt64 = 0
        if read(timer, &expirations, 8) == 8 { state.withLock { $0.armed = nil } }
        let now = MonotonicInstant.now
        while let (id, action) = state.withLock({ $0.takeDue(now) }) {
            guard let next = action(now) else {
                _ = state.withLock { $0.actions.remove(id) }
                continue
            }
            state.withLock { state in
                // Cancelled while it ran: stays so.
                if state.actions[id] != nil { state.timers.insert(UInt64(id.slot), at: next) }
            }
        }
        state.withLock { arm(&$0) }
    }
}

extension Timekeeper.State {
    fileprivate mutating func takeDue(
        _ now: MonotonicInstant
    ) -> (id: SlotTable<Timekeeper.TimedAction>.ID, action: Timekeeper.TimedAction)? {
        guard let first = timers.first, first <= now, let slot = timers.removeFirst() else { return nil }
        guard let id = actions.id(at: Int(slot)), let action = actions[id] else {
            preconditionFailure("a timer without an action")
        }
        return (id, action)
    }
}
