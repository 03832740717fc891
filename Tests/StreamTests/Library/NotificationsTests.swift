import TestSupport
import Testing
import Threads
import Trunkline

@Suite("Following a channel in Swift")
struct NotificationsTests {
    @Test("every notification comes, in order, whoever posts it")
    func inOrder() async throws {
        let running = try await RunningHub()
        let reader = Task {
            var payloads: [String] = []
            for try await notification in running.hub.notifications(on: "ordered") {
                payloads.append(notification.payload.description)
                if payloads.count == 1_010 { break }
            }
            return payloads
        }
        try await running.untilRead("ordered")
        for number in 1...10 { try await running.hub.post(Payload("\(number)"), to: "ordered") }
        try await running.psql("SELECT pg_notify('ordered', n::text) FROM generate_series(11, 1010) n")
        #expect(try await reader.value == (1...1_010).map(String.init))
    }

    @Test("cancellation ends it at once, and its reader is gone")
    func cancelled() async throws {
        let running = try await RunningHub()
        let reader = Task {
            var count = 0
            for try await _ in running.hub.notifications(on: "cancelled") { count += 1 }
            return count
        }
        try await running.untilRead("cancelled")
        let start = MonotonicInstant.now
        reader.cancel()
        #expect(try await reader.value == 0)
        let time = MonotonicInstant.now - start
        #expect(time < .seconds(1), "\(time)")
        try await eventually("its reader is gone") { running.readerCount("cancelled") == 0 }
    }

    @Test("a task that is cancelled before it begins gets nothing, and waits for nothing")
    func cancelledBefore() async throws {
        let running = try await RunningHub()
        let gate = AsyncStream<Never>.makeStream()
        let reader = Task {
            for await _ in gate.stream {}
            var iterator = running.hub.notifications(on: "never").makeAsyncIterator()
            let first = try await iterator.next()
            let second = try await iterator.next()
            return (first, second)
        }
        reader.cancel()
        let (first, second) = try await reader.value
        #expect(first == nil && second == nil)
        #expect(running.readerCount("never") == 0)
    }

    @Test("several consumers of one sequence each get everything, however slow another one is")
    func independent() async throws {
        let running = try await RunningHub()
        let sequence = running.hub.notifications(on: "shared")
        let (gate, opening) = AsyncStream<Never>.makeStream()
        let slow = Task {
            // Attached by its first one, then it does not read until all the others have all.
            var payloads: [String] = []
            for try await notification in sequence {
                payloads.append(notification.payload.description)
                if payloads.count == 1 { for await _ in gate {} }
                if payloads.count == 500 { break }
            }
            return payloads
        }
        let fast = (0..<5).map { _ in
            Task {
                var payloads: [String] = []
                for try await notification in sequence {
                    payloads.append(notification.payload.description)
                    if payloads.count == 500 { break }
                }
                return payloads
            }
        }
        try await running.untilRead("shared", by: 6)
        try await running.psql("SELECT pg_notify('shared', n::text) FROM generate_series(1, 500) n")
        for reader in fast { #expect(try await reader.value == (1...500).map(String.init)) }
        opening.finish()
        #expect(try await slow.value == (1...500).map(String.init))
    }

    @Test("it goes on after a cursor")
    func since() async throws {
        let running = try await RunningHub()
        var seen: [Trunkline.Notification] = []
        let first = Task {
            var iterator = running.hub.notifications(on: "resumed").makeAsyncIterator()
            return [try await iterator.next(), try await iterator.next(), try await iterator.next()].compactMap { $0 }
        }
        try await running.untilRead("resumed")
        for payload in ["a", "b", "c"] as [Payload] { try await running.hub.post(payload, to: "resumed") }
        seen = try await first.value
        var iterator = running.hub.notifications(on: "resumed", since: seen[0].id).makeAsyncIterator()
        #expect(try await iterator.next() == seen[1])
        #expect(try await iterator.next() == seen[2])
    }

    @Test("a lost connection ends it with .missed, never in silence")
    func missed() async throws {
        let running = try await RunningHub()
        let reader = Task { () -> TrunklineError? in
            do {
                for try await _ in running.hub.notifications(on: "missed") {}
                return nil
            } catch let error as TrunklineError {
                return error
            }
        }
        try await running.untilRead("missed")
        try await running.cutListener()
        #expect(try await reader.value?.code == .missed)
    }

    @Test("the hub's end is an error, not an end of the sequence")
    func stopping() async throws {
        let running = try await RunningHub()
        let reader = Task { () -> TrunklineError? in
            do {
                for try await _ in running.hub.notifications(on: "stopped") {}
                return nil
            } catch let error as TrunklineError {
                return error
            }
        }
        try await running.untilRead("stopped")
        try await running.stop()
        #expect(try await reader.value?.code == .stopping)
        await #expect(throws: TrunklineError.self) {
            var iterator = running.hub.notifications(on: "stopped").makeAsyncIterator()
            _ = try await iterator.next()
        }
    }
}
