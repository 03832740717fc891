import TestSupport
import Testing
import Threads
import Trunkline

@Suite("Following channels with their gaps in Swift")
struct SubscriptionTests {
    @Test("several channels come in one order; one named twice counts once")
    func severalChannels() async throws {
        let running = try await RunningHub()
        let reader = Task {
            var elements: [Subscription.Element] = []
            for try await element in running.hub.subscription(to: ["one", "two", "one"]) {
                elements.append(element)
                if elements.count == 100 { break }
            }
            return elements
        }
        try await running.untilRead("one")
        try await running.untilRead("two")
        try await running.psql(
            "SELECT pg_notify(CASE WHEN n % 3 = 0 THEN 'two' ELSE 'one' END, n::text) FROM generate_series(1, 100) n")
        let elements = try await reader.value
        var last: UInt64 = 0
        for (index, element) in elements.enumerated() {
            guard case .notification(let notification) = element else {
                Issue.record("a gap: \(element)")
                return
            }
            #expect(notification.payload.description == "\(index + 1)")
            #expect(notification.channel == ((index + 1) % 3 == 0 ? "two" : "one"))
            #expect(notification.id.position > last)
            last = notification.id.position
        }
    }

    @Test("a lost connection is a gap at its place, and it goes on after it")
    func reconnected() async throws {
        let running = try await RunningHub()
        let (stream, continuation) = AsyncStream<Subscription.Element>.makeStream()
        let reader = Task {
            for try await element in running.hub.subscription(to: ["lossy"]) { continuation.yield(element) }
        }
        defer { reader.cancel() }
        var elements = stream.makeAsyncIterator()
        try await running.untilRead("lossy")
        try await running.hub.post("before", to: "lossy")
        let before = await elements.next()
        try await running.cutListener()
        guard case .gap(let gap) = await elements.next() else {
            Issue.record("no gap")
            return
        }
        #expect(gap.reason == .reconnected)
        #expect(gap.channels == ["lossy"])
        guard case .notification(let notification) = before else {
            Issue.record("no notification")
            return
        }
        #expect(gap.after == notification.id)
        // The poster's session was not lost.
        try await running.hub.post("after", to: "lossy")
        guard case .notification(let last) = await elements.next() else {
            Issue.record("no notification after the gap")
            return
        }
        #expect(last.payload == "after")
        #expect(last.id.position > gap.id.position)
    }

    @Test("a cursor of another run is a gap first")
    func restarted() async throws {
        let running = try await RunningHub()
        let foreign = try #require(Cursor("0abc.17"))
        var iterator = running.hub.subscription(to: ["foreign"], since: foreign).makeAsyncIterator()
        guard case .gap(let gap) = try await iterator.next() else {
            Issue.record("no gap")
            return
        }
        #expect(gap.reason == .restarted && gap.after == nil)
    }

    @Test("a slow one is told where it fell behind what is kept")
    func overflow() async throws {
        var configuration = HubConfiguration()
        configuration.historyCount = 10
        let running = try await RunningHub(configuration)
        var iterator = running.hub.subscription(to: ["slow"]).makeAsyncIterator()
        async let posted: Void = {
            try await running.untilRead("slow"); try await running.hub.post("0", to: "slow")
        }()
        _ = try await iterator.next()
        try await posted
        try await running.psql("SELECT pg_notify('slow', n::text) FROM generate_series(1, 100) n")
        try await eventually("all were heard") { running.hub.channels.first?.keptCount == 10 }
        guard case .gap(let gap) = try await iterator.next() else {
            Issue.record("no gap")
            return
        }
        #expect(gap.reason == .overflow)
        for number in 91...100 {
            guard case .notification(let notification) = try await iterator.next() else {
                Issue.record("no notification \(number)")
                return
            }
            #expect(notification.payload.description == "\(number)")
        }
    }

    @Test("an iterator that is dropped leaves nothing behind")
    func dropped() async throws {
        var configuration = HubConfiguration()
        configuration.linger = .zero
        let running = try await RunningHub(configuration)
        for round in 0..<50 {
            let channel = try ChannelName("dropped\(round % 5)")
            async let posted: Void = {
                try await running.untilRead(channel); try await running.hub.post("x", to: channel)
            }()
            var iterator = running.hub.subscription(to: [channel]).makeAsyncIterator()
            _ = try await iterator.next()
            try await posted
        }
        try await eventually("no channel is left") { running.hub.channels.isEmpty }
    }

    @Test("1,000 tasks that are cancelled while they are notified all end, and leave no reader")
    func cancelledWhileNotified() async throws {
        let running = try await RunningHub()
        for round in 0..<10 {
            let channel = try ChannelName("race\(round)")
            let readers = (0..<100).map { _ in
                Task {
                    var count = 0
                    for try await _ in running.hub.subscription(to: [channel]) { count += 1 }
                    return count
                }
            }
            try await running.untilRead(channel, by: 100)
            async let notified = running.psql("SELECT pg_notify('\(channel)', n::text) FROM generate_series(1, 20) n")
            for reader in readers { reader.cancel() }
            for reader in readers { #expect(try await reader.value <= 20) }
            _ = try await notified
            try await eventually("no reader is left") { running.readerCount(channel) == 0 }
        }
    }
}
