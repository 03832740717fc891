import CMicroHTTPD
import Glibc
import Threads

/// Keeps sockets open after libmicrohttpd has closed them, for clients that were answered before they had sent everything.
///
/// A close with unread input makes the kernel send a reset, and a reset throws away what of the answer the client has not read
/// (RFC 9112 §9.6). So a duplicate of the descriptor is read, and what comes is thrown away, until the client closes, or sends
/// on and on.
final class Lingerer: Sendable {
    /// How long a client may take to read the answer and close.
    private static let timeout: Duration = .seconds(10)
    private struct Entry {
        let watch: Timekeeper.WatchID
        let timer: Timekeeper.TimerID
        var byteCount = 0
    }

    /// At most so many wait at a time: descriptors are needed elsewhere.
    private let countMax: Int
    private let timekeeper: Timekeeper
    private let entries = Locked<[Int32: Entry]>([:])

    init(countMax: Int) throws(SystemError) {
        self.countMax = countMax
        timekeeper = try Timekeeper(name: "lingerer")
    }

    /// The number of sockets that are kept open.
    var count: Int { entries.withLock { $0.count } }

    /// Takes over what is to be read from `descriptor`, whose sending side is shut down already; the caller closes its own.
    func linger(_ descriptor: Int32) {
        guard count < countMax else { return }
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        // Without a descriptor to spare the client may see a reset instead of the answer.
        guard own >= 0 else { return }
        let drain: @Sendable () -> Void = { [self] in self.drain(own) }
        let isWatched = entries.withLock { entries in
            // Under the lock, so that nobody closes the descriptor before the entry is complete.
            do {
                let watch = try timekeeper.watch(own, onInput: drain, onGone: drain)
                let timer = timekeeper.schedule(at: MonotonicInstant.now + Self.timeout) { [self] _ in
                    end(own)
                    return nil
                }
                entries[own] = Entry(watch: watch, timer: timer)
                timekeeper.setInputWatched(true, watch, own)
                return true
            } catch {
                return false
            }
        }
        if !isWatched { Glibc.close(own) }
    }

    /// Closes everything and ends the thread.
    func stop() {
        timekeeper.stop()
        for descriptor in entries.withLock({ Array($0.keys) }) { end(descriptor) }
    }

    /// Throws away what has come, a bounded part of it at a time.
    private func drain(_ descriptor: Int32) {
        for _ in 0..<8 {
            // MSG_TRUNC: the kernel throws the bytes away itself.
            let count = recv(descriptor, nil, 128 * 1024, Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC))
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else { return end(descriptor) }
            let total = entries.withLock { entries in
                entries[descriptor]?.byteCount += count
                return entries[descriptor]?.byteCount ?? .max
            }
            guard total < DaemonConfiguration.discardedByteCountMax else { return end(descriptor) }
        }
        entries.withLock { entries in
            // Others are due, too: the rest of what has come is told of again.
            if let entry = entries[descriptor] { timekeeper.setInputWatched(true, entry.watch, descriptor) }
        }
    }

    private func end(_ descriptor: Int32) {
        guard let entry = entries.withLock({ $0.removeValue(forKey: descriptor) }) else { return }
        timekeeper.cancel(entry.timer)
        timekeeper.unwatch(entry.watch, descriptor)
        Glibc.close(descriptor)
    }
}
