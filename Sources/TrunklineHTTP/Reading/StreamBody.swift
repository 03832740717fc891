import MicroHTTPD
import Synchronization
import Threads
import Trunkline

/// The body of a stream: reads on from the reader's cursor whenever the client can take more.
///
/// It keeps no queue: what it has not written yet is in the channels' history, shared with all others, except the frames
/// that fit into one write.
final class StreamBody: ResponseStream, @unchecked Sendable {
    // Sendable: `read` is never called twice at a time, and touches what is not constant; `lastSent` is atomic.
    private let format: StreamFormat
    /// Notifications that are left to be written.
    private var left: Int
    private let heartbeat: Duration
    private let hold: Hold
    private var buffer = StreamBuffer()
    /// Until when a stream whose time has passed may still catch up.
    private static let catchUpTimeout = Duration.seconds(1)

    private var catchUpEnd: MonotonicInstant?
    /// Nothing follows what is in the buffer.
    private var isEnded = false
    /// In nanoseconds.
    private let lastSent = Atomic(MonotonicInstant.now.nanoseconds)

    /// - Parameters:
    ///   - limit: the most notifications; `nil` without end.
    ///   - heartbeat: how long a stream of events may be silent.
    ///   - hold: has begun; released when the body has ended.
    init(_ format: StreamFormat, limit: Int?, prologue: [UInt8], heartbeat: Duration, _ hold: Hold) {
        self.format = format
        left = limit ?? .max
        self.heartbeat = heartbeat
        self.hold = hold
        buffer.append(prologue)
    }

    /// To be called once, before it is read.
    func start() {
        guard format != .lines else { return }
        hold.scheduleHeartbeat(at: .now + heartbeat) { [self] now in beat(now) }
    }

    func ended() {
        hold.release()
    }

    func read(into target: UnsafeMutableRawBufferPointer) -> StreamStep {
        while true {
            let count = buffer.write(into: target)
            if count > 0 {
                lastSent.store(MonotonicInstant.now.nanoseconds, ordering: .relaxed)
                return .wrote(count)
            }
            if isEnded { return .end }
            if !gather(byteCountMax: target.count) { return .waiting }
        }
    }

    /// Puts what comes next into the buffer.
    ///
    /// - Returns: false when there is nothing, and the reader is parked.
    private func gather(byteCountMax: Int) -> Bool {
        // Asked here, too: a client that is slower than its channel always finds more.
        if hold.isTimeUp, isLate() {
            put([], isLast: true)
            return true
        }
        do throws(TrunklineError) {
            switch try hold.look(countMax: left, byteCountMax: byteCountMax) {
            case .notifications(let entries, _):
                for entry in entries { buffer.append(format.frame(entry)) }
                if left < .max { left -= entries.count }
                if left == 0 { isEnded = true }
            case .gap(let gap): put(format.frame(gap) ?? [], isLast: format == .lines)
            case .failed, .armed: put([], isLast: true)
            case .nothing:
                switch hold.rest() {
                case nil: return false
                case .timeUp: put([], isLast: true)
                case .heartbeat: put(format.heartbeat(hold.leavingCursor), isLast: false)
                case .ending: put(format.farewell(), isLast: true)
                }
            }
        } catch {
            put(format.farewell(), isLast: true)
        }
        return true
    }

    private func isLate() -> Bool {
        let now = MonotonicInstant.now
        guard let catchUpEnd else {
            self.catchUpEnd = now + Self.catchUpTimeout
            return false
        }
        return now >= catchUpEnd
    }

    private func put(_ frame: [UInt8], isLast: Bool) {
        buffer.append(frame)
        if isLast { isEnded = true }
    }

    /// Interrupts when nothing was sent for as long as may be.
    private func beat(_ now: MonotonicInstant) -> MonotonicInstant? {
        let next = MonotonicInstant(nanoseconds: lastSent.load(ordering: .relaxed)) + heartbeat
        guard next <= now else { return next }
        hold.noteSilence()
        return now + heartbeat
    }
}
