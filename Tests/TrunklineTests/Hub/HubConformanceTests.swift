import TestSupport
import Testing
import Threads

@testable import Trunkline

@Suite("A hub, on a fake source and on PostgreSQL", .timeLimit(.minutes(2 * Slowdown.factor)))
struct HubConformanceTests {
    @Test("many waiters on one channel all get the payload", arguments: HubStand.Ground.allCases)
    func manyWaiters(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            let payloads = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<200 { group.addTask { try await stand.hub.wait(on: "foo")?.payload.description } }
                try await stand.untilArmed("foo", 200)
                try await stand.hub.post("bar", to: "foo")
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(payloads == Array(repeating: "bar", count: 200))
            #expect(stand.readerCount == 0)
        }
    }

    @Test("a notification says on which channel and when it came, and where it stands", arguments: HubStand.Ground.allCases)
    func notification(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            async let waiting = stand.hub.wait(on: "Grüße")
            try await stand.untilArmed("Grüße")
            let before = WallClock.milliseconds
            try await stand.hub.post("ja\r\n", to: "Grüße")
            let notification = try #require(try await waiting)
            #expect(notification.channel == "Grüße")
            #expect(notification.payload == "ja\r\n")
            #expect((before...WallClock.milliseconds).contains(notification.receivedMilliseconds))
            #expect(notification.id.position > 0)
        }
    }

    @Test("a wait ends with nothing when its time is up, and not before", arguments: HubStand.Ground.allCases)
    func timeout(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            let begin = MonotonicInstant.now
            let notification = try await stand.hub.wait(on: "foo", timeout: .milliseconds(50))
            let waited = MonotonicInstant.now - begin
            #expect(notification == nil)
            #expect(waited >= .milliseconds(50))
            #expect(waited < .seconds(5))
            #expect(stand.readerCount == 0)
        }
    }

    @Test("a cancelled wait ends at once and frees all it held", arguments: HubStand.Ground.allCases)
    func cancellation(ground: HubStand.Ground) async throws {
        var configuration = HubConfiguration()
        configuration.linger = .zero
        try await HubStand.on(ground, configuration) { stand in
            let waits = (0..<50).map { number in
                Task { try await stand.hub.wait(on: number % 2 == 0 ? "even" : "odd", timeout: .seconds(3_600)) }
            }
            try await stand.untilArmed("even", 25)
            try await stand.untilArmed("odd", 25)
            for wait in waits { wait.cancel() }
            for wait in waits {
                let error = await #expect(throws: TrunklineError.self) { try await wait.value }
                #expect(error?.code == .cancelled)
            }
            #expect(stand.readerCount == 0)
            try await eventually("both channels are forgotten") {
                stand.hub.core.table.withLock { $0.indexes.isEmpty && $0.channels.allSatisfy { $0.isForgotten } }
            }
        }
    }

    @Test("a task that was cancelled before it waits does not wait", arguments: HubStand.Ground.allCases)
    func cancelledBefore(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            let gate = AsyncStream<Never>.makeStream()
            let task = Task {
                for await _ in gate.stream {}
                return try await stand.hub.wait(on: "foo")
            }
            task.cancel()
            gate.continuation.finish()
            #expect(await #expect(throws: TrunklineError.self) { try await task.value }?.code == .cancelled)
            #expect(stand.readerCount == 0)
        }
    }

    @Test(
        "all waits that race with their cancellation, their time-out and a post end once", arguments: HubStand.Ground.allCases)
    func races(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            for round in 0..<50 {
                let waits = (0..<8).map { number in
                    Task { try await stand.hub.wait(on: "foo", timeout: .microseconds(200 * (number + round % 7))) }
                }
                let post = Task { try await stand.hub.post("bar", to: "foo") }
                for wait in waits.prefix(4) { wait.cancel() }
                for wait in waits { _ = await wait.result }
                try await post.value
            }
            #expect(stand.readerCount == 0)
        }
    }

    @Test(
        "posts arrive in the order in which they were made, each once, also where they are the same",
        arguments: HubStand.Ground.allCases)
    func order(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            try await eventually("the reader is armed") { reader.isArmed }
            let payloads = (0..<300).map { "\($0 % 7)" }
            let done = Locked(0)
            for payload in payloads {
                let item = Post.Item(channel: "foo", payload: Payload(stringLiteral: payload))
                stand.hub.post([item]) { if case .success = $0 { done.withLock { $0 += 1 } } }
            }
            try await eventually("all are posted") { done.withLock { $0 } == 300 }
            try await eventually("all have arrived") { reader.payloads.count >= 300 }
            #expect(reader.payloads == payloads)
            reader.leave()
        }
    }

    @Test(
        "a second notification that comes before the first waiter has looked is not lost", arguments: HubStand.Ground.allCases)
    func secondBeforeLook(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            let owner = CountingOwner()
            let id = try stand.hub.attach(["foo"], from: .now, owner: owner)
            guard case .nothing = try stand.hub.look(id, countMax: 10, parks: true) else {
                Issue.record("there was something on a new channel")
                return
            }
            try await stand.untilArmed("foo")
            try await stand.hub.post("1", to: "foo")
            try await eventually("the waiter is woken") { owner.count == 1 }
            try await stand.hub.post("2", to: "foo")
            try await eventually("the second has come") { stand.hub.core.table.withLock { $0.position } >= 3 }
            #expect(Sight(try stand.hub.look(id, countMax: 10, parks: true)) == .payloads(["1", "2"], cursor: 3))
            #expect(owner.count == 1)
            stand.hub.detach(id)
        }
    }

    @Test("a lost connection ends no wait, and the next post arrives", arguments: HubStand.Ground.allCases)
    func lostConnection(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            let reader = try RecordingReader(stand.hub, "foo")
            async let waiting = stand.hub.wait(on: "foo")
            try await eventually("the reader is armed") { reader.isArmed }
            try await stand.untilArmed("foo", 2)
            try await stand.loseConnection()
            try await eventually("the loss is told", within: .seconds(30)) { reader.gaps == [.reconnected] }
            try await stand.hub.post("after", to: "foo")
            #expect(try await waiting?.payload == "after")
            try await eventually("the reader has it, too") { reader.payloads == ["after"] }
            reader.leave()
        }
    }

    @Test("when the hub stops, everybody who waits is told so, and nobody waits any more", arguments: HubStand.Ground.allCases)
    func stopping(ground: HubStand.Ground) async throws {
        try await HubStand.on(ground) { stand in
            let waits = (0..<100).map { _ in Task { try await stand.hub.wait(on: "foo") } }
            try await stand.untilArmed("foo", 100)
            try await stand.stop()
            for wait in waits {
                #expect(await #expect(throws: TrunklineError.self) { try await wait.value }?.code == .stopping)
            }
            #expect(stand.readerCount == 0)
            let late = await #expect(throws: TrunklineError.self) { try await stand.hub.wait(on: "foo") }
            #expect(late?.code == .stopping)
            let post = await #expect(throws: TrunklineError.self) { try await stand.hub.post("bar", to: "foo") }
            #expect(post?.code == .stopping)
            #expect(stand.hub.core.complaint == "the server is stopping")
        }
    }

    /// Counts how often it was woken, and does not look.
    private final class CountingOwner: Wakeable {
        private let woken = Locked(0)
        var count: Int { woken.withLock { $0 } }
        func wake() { woken.withLock { $0 += 1 } }
    }
}
