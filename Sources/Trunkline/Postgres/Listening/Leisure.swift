import Threads

/// How much of its time the listener sleeps: one that hardly does is still reading what came long before, and a heartbeat that
/// stands behind it is late, not lost.
struct Leisure {
    /// Looked at in windows of this length.
    static let window = Duration.seconds(1)
    /// A window without news says nothing before it has lasted this long.
    private static let windowMin = Duration.milliseconds(200)

    private var start: MonotonicInstant
    private var slept = Duration.zero
    private var wasBusy = false

    init(_ now: MonotonicInstant) {
        start = now
    }

    /// A sleep has ended.
    mutating func noteSleep(from beginning: MonotonicInstant, to end: MonotonicInstant) {
        slept += end - max(beginning, start)
        guard end - start >= Self.window else { return }
        wasBusy = isMostlyAwake(end)
        start = end
        slept = .zero
    }

    /// Whether it was awake for most of the time lately.
    func isBusy(_ now: MonotonicInstant) -> Bool {
        now - start < Self.windowMin ? wasBusy : wasBusy || isMostlyAwake(now)
    }

    private func isMostlyAwake(_ now: MonotonicInstant) -> Bool {
        slept < (now - start) / 2
    }
}
