import Glibc
import Synchronization
import Testing

@testable import Threads

@Suite("Timekeeper")
struct TimekeeperTests {
    /// Signals of a test, and the wait for them.
    private final class Signals: Sendable {
        private let names = Locked<[String]>([])
        private let event: EventDescriptor

        init() throws {
            event = try EventDescriptor()
        }

        func signal(_ name: String) {
            names.withLock { $0.append(name) }
            event.signal()
        }

        /// Waits until so many have come.
        func wait(for count: Int, within timeout: Duration = .seconds(10)) -> [String] {
            let deadline = MonotonicInstant.now + timeout
            while true {
                let names = names.withLock { $0 }
                if names.count >= count || deadline <= .now { return names }
                _ = Poll.wait(on: nil, wakeUp: event, until: deadline)
            }
        }
    }

    /// A pair of connected sockets.
    private final class Pair {
        let own: Int32
        private(set) var peer: Int32

        init() {
            var pair: [Int32] = [0, 0]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
            (own, peer) = (pair[0], pair[1])
        }

        deinit {
            close(own)
            closePeer()
        }

        func closePeer() {
            if peer >= 0 { close(peer) }
            peer = -1
        }

        func sendByte() {
            var byte: UInt8 = 1
            send(peer, &byte, 1, 0)
        }
    }

    @Test("actions run in the order of their times, never early")
    func order() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let signals = try Signals()
        let start = MonotonicInstant.now
        for milliseconds in [60, 20, 40] {
            timekeeper.schedule(at: start + .milliseconds(milliseconds)) { now in
                signals.signal("\(milliseconds) \(now - start >= .milliseconds(milliseconds))")
                return nil
            }
        }
        #expect(signals.wait(for: 3) == ["20 true", "40 true", "60 true"])
    }

    @Test("an action in the past runs at once, one that returns an instant runs again, until it is cancelled")
    func repetition() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let signals = try Signals()
        let id = timekeeper.schedule(at: MonotonicInstant(nanoseconds: 0)) { now in
            signals.signal("tick")
            return now + .milliseconds(1)
        }
        #expect(signals.wait(for: 3).count >= 3)
        timekeeper.cancel(id)
        timekeeper.cancel(id)
        // An action of its own time shows that the thread has been past the cancelled one.
        timekeeper.schedule(at: .now + .milliseconds(50)) { _ in
            signals.signal("after")
            return nil
        }
        var names = signals.wait(for: 4)
        while names.last != "after" { names = signals.wait(for: names.count + 1) }
        #expect(signals.wait(for: names.count + 1, within: .milliseconds(50)).count == names.count)
    }

    @Test("a peer that goes is told of, whether it closes or only stops sending")
    func gone() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let signals = try Signals()
        let (closing, halfClosing) = (Pair(), Pair())
        let first = try timekeeper.watch(closing.own) { signals.signal("closed") }
        closing.closePeer()
        #expect(signals.wait(for: 1) == ["closed"])
        let second = try timekeeper.watch(halfClosing.own) { signals.signal("half-closed") }
        shutdown(halfClosing.peer, Int32(SHUT_WR))
        #expect(signals.wait(for: 2) == ["closed", "half-closed"])
        timekeeper.unwatch(first, closing.own)
        timekeeper.unwatch(second, halfClosing.own)
    }

    @Test("a peer that had gone before the watch is told of, too")
    func goneBefore() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let signals = try Signals()
        let pair = Pair()
        pair.closePeer()
        _ = try timekeeper.watch(pair.own) { signals.signal("gone") }
        #expect(signals.wait(for: 1) == ["gone"])
    }

    @Test("an unwatched socket is silent")
    func unwatched() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let signals = try Signals()
        let (silent, loud) = (Pair(), Pair())
        let id = try timekeeper.watch(silent.own) { signals.signal("silent") }
        timekeeper.unwatch(id, silent.own)
        _ = try timekeeper.watch(loud.own) { signals.signal("loud") }
        silent.closePeer()
        loud.closePeer()
        #expect(signals.wait(for: 1) == ["loud"])
    }

    @Test("input is told of only while it is asked for, also input that was there before")
    func input() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let signals = try Signals()
        let pair = Pair()
        let id = try timekeeper.watch(pair.own, onInput: { signals.signal("input") }, onGone: { signals.signal("gone") })
        pair.sendByte()
        #expect(signals.wait(for: 1, within: .milliseconds(50)) == [])
        timekeeper.setInputWatched(true, id, pair.own)
        #expect(signals.wait(for: 1) == ["input"])
        timekeeper.setInputWatched(false, id, pair.own)
        pair.sendByte()
        #expect(signals.wait(for: 2, within: .milliseconds(50)) == ["input"])
        pair.closePeer()
        #expect(signals.wait(for: 2) == ["input", "gone"])
    }

    @Test("a descriptor that cannot be watched is an error")
    func unwatchable() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        #expect(throws: SystemError.self) { _ = try timekeeper.watch(-1) {} }
    }

    @Test("a stop in the very moment of an event is not lost")
    func stopAtAnEvent() throws {
        for _ in 0..<2_000 {
            let timekeeper = try Timekeeper()
            let signals = try Signals()
            timekeeper.schedule(at: .now) { _ in
                signals.signal("now")
                return nil
            }
            #expect(signals.wait(for: 1) == ["now"])
            timekeeper.stop()
        }
    }

    @Test("a watch that its input action ends is not told that the peer has gone")
    func unwatchedByInput() throws {
        let timekeeper = try Timekeeper()
        defer { timekeeper.stop() }
        let signals = try Signals()
        let (pair, other) = (Pair(), Pair())
        let own = Locked<Timekeeper.WatchID?>(nil)
        let descriptor = pair.own
        let id = try timekeeper.watch(
            descriptor,
            onInput: {
                if let id = own.withLock({ $0 }) { timekeeper.unwatch(id, descriptor) }
                signals.signal("input")
            }, onGone: { signals.signal("gone") })
        own.withLock { $0 = id }
        // Both are there when the thread looks: it is kept busy meanwhile.
        timekeeper.schedule(at: .now) { _ in
            usleep(50_000)
            return nil
        }
        pair.sendByte()
        timekeeper.setInputWatched(true, id, descriptor)
        pair.closePeer()
        _ = signals.wait(for: 1)
        _ = try timekeeper.watch(other.own) { signals.signal("other") }
        other.closePeer()
        #expect(signals.wait(for: 2) == ["input", "other"])
    }

    @Test("what is still scheduled when it stops never runs, and is let go")
    func stop() throws {
        let timekeeper = try Timekeeper()
        final class Held: Sendable {}
        weak var weakly: Held?
        do {
            let held = Held()
            weakly = held
            timekeeper.schedule(at: .now + .seconds(60)) { [held] _ in
                _ = held
                return nil
            }
        }
        #expect(weakly != nil)
        timekeeper.stop()
        timekeeper.stop()
        #expect(weakly == nil)
    }
}
