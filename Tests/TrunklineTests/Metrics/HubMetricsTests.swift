import Logging
import MetricsTestKit
import TestSupport
import Testing

@testable import Trunkline

@Suite("What a hub tells its metrics", .timeLimit(.minutes(Slowdown.factor)))
struct HubMetricsTests {
    private func stand(_ body: (Hub, TestMetrics) async throws -> Void) async throws {
        let metrics = TestMetrics()
        let hub = try Hub(
            source: FakeSource(), timekeeper: Hub.makeTimekeeper(), configuration: HubConfiguration(), logger: Logger.silent,
            metrics: metrics)
        let running = Task { try await hub.run() }
        do { try await body(hub, metrics) } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        try await running.value
    }

    private func follow(_ hub: Hub, _ names: ChannelName...) async throws -> RecordingReader {
        let reader = try RecordingReader(hub, names)
        try await eventually("the reader is armed") { reader.isArmed }
        return reader
    }

    @Test("each reader's notifications are deliveries, and each hand-over has its latency")
    func deliveries() async throws {
        try await stand { hub, metrics in
            let readers = try await [follow(hub, "foo"), follow(hub, "foo", "bar"), follow(hub, "bar")]
            for number in 0..<3 { try await hub.post(Payload("\(number)"), to: "foo") }
            try await eventually("both have them") { readers.prefix(2).allSatisfy { $0.payloads == ["0", "1", "2"] } }
            #expect(try metrics.expectCounter("trunkline_notifications_received_total").totalValue == 3)
            #expect(try metrics.expectCounter("trunkline_deliveries_total").totalValue == 6)
            let latencies = try metrics.expectTimer("trunkline_delivery_latency_seconds").values
            // What came while a reader looked was handed over together.
            #expect((2...6).contains(latencies.count))
            #expect(latencies.allSatisfy { (0..<10_000_000_000).contains($0) })
            for reader in readers { reader.leave() }
        }
    }

    @Test("what nobody waited for is a delivery without a latency")
    func history() async throws {
        try await stand { hub, metrics in
            let reader = try await follow(hub, "foo")
            try await hub.post("1", to: "foo")
            try await hub.post("2", to: "foo")
            try await eventually("both have come") { reader.payloads.count == 2 }
            let latencyCount = try metrics.expectTimer("trunkline_delivery_latency_seconds").values.count
            var late = hub.subscription(to: ["foo"], since: reader.notifications[0].id).makeAsyncIterator()
            guard case .notification(let second) = try await late.next() else { throw TestSupportError("no notification") }
            #expect(second.payload == "2")
            #expect(try metrics.expectCounter("trunkline_deliveries_total").totalValue == 3)
            #expect(try metrics.expectTimer("trunkline_delivery_latency_seconds").values.count == latencyCount)
            try await hub.post("3", to: "foo")
            guard case .notification = try await late.next() else { throw TestSupportError("no notification") }
            try await eventually("it has come") { reader.payloads.count == 3 }
            #expect(try metrics.expectTimer("trunkline_delivery_latency_seconds").values.count == latencyCount + 2)
            reader.leave()
        }
    }

    @Test("a gap is counted by its reason, for each reader that is told")
    func gaps() async throws {
        try await stand { hub, metrics in
            let foreign = try #require(Cursor("0abc.1"))
            for count in 1...2 {
                var iterator = hub.subscription(to: ["foo"], since: foreign).makeAsyncIterator()
                guard case .gap = try await iterator.next() else { throw TestSupportError("no gap") }
                let counter = try metrics.expectCounter("trunkline_gaps_total", [("reason", "restarted")])
                #expect(counter.totalValue == Int64(count))
            }
            for reason in Gap.Reason.all where reason != .restarted {
                let counter = try metrics.expectCounter("trunkline_gaps_total", [("reason", reason.description)])
                #expect(counter.totalValue == 0)
            }
        }
    }

    @Test("a post is counted by its outcome, the moment it is answered")
    func posts() async throws {
        try await stand { hub, metrics in
            func count(_ outcome: PostOutcome) throws -> Int64 {
                try metrics.expectCounter("trunkline_posts_total", [("outcome", outcome.name)]).totalValue
            }
            try await eventually("the encoding is known") { hub.core.encoding != nil }
            try await hub.post("1", to: "foo")
            try await hub.post("1", to: "foo")
            hub.core.note(listener: .up, encoding: TextEncoding(serverEncoding: "LATIN1"))
            await #expect(throws: TrunklineError.self) { try await hub.post("€", to: "foo") }
            #expect(try count(.posted) == 2)
            #expect(try count(.refused) == 1)
            #expect(try PostOutcome.allCases.map { try count($0) }.reduce(0, +) == 3)
        }
    }

    @Test(
        "every answer to a post is one outcome",
        arguments: [
            (.notPosted, .notPosted), (.outcomeUnknown, .unknown), (.overLimit, .overLimit), (.stopping, .stopping),
            (.notRepresentable, .refused), (.channelInvalid, .refused), (.payloadTooLarge, .refused), (.duplicate, .refused),
            (.configuration, .notPosted),
        ] as [(TrunklineError.Code, PostOutcome)])
    func outcomes(code: TrunklineError.Code, outcome: PostOutcome) {
        #expect(PostOutcome(.failure(TrunklineError(code, "why"))) == outcome)
        #expect(PostOutcome(.success(())) == .posted)
    }

    @Test("a sample shows the readers by kind, the channels, and the bytes kept")
    func sample() async throws {
        try await stand { hub, metrics in
            hub.core.metrics.expect([ReaderKind("visitor")])
            let followers = try await [follow(hub, "foo"), follow(hub, "foo", "bar")]
            let visitor = try hub.attach(["baz"], from: .now, kind: ReaderKind("visitor"), owner: followers[0])
            let guest = try hub.attach(["baz"], from: .now, kind: ReaderKind("guest"), owner: followers[0])
            try await hub.post("four", to: "foo")
            try await eventually("it has come") { followers.allSatisfy { $0.payloads.count == 1 } }
            func readers(_ kind: String) throws -> Double? {
                try metrics.expectMeter("trunkline_readers", [("kind", kind)]).lastValue
            }
            #expect(try readers("library") == nil, "nobody has asked yet")
            hub.sample()
            #expect(try readers("library") == 2)
            #expect(try readers("visitor") == 1)
            #expect(try readers("guest") == 1)
            #expect(try metrics.expectMeter("trunkline_channels").lastValue == 3)
            #expect(try metrics.expectMeter("trunkline_history_bytes").lastValue == Double(Entry.overhead + 4))
            for reader in followers { reader.leave() }
            hub.detach(visitor)
            hub.detach(guest)
            hub.detach(guest)
            hub.sample()
            for kind in ["library", "visitor", "guest"] { #expect(try readers(kind) == 0) }
            #expect(try metrics.expectMeter("trunkline_channels").lastValue == 3, "they linger")
        }
    }

    @Test("what the connections tell is kept by its labels")
    func connections() async throws {
        let backend = TestMetrics()
        let metrics = HubMetrics(backend)
        metrics.beat(roundTrip: .microseconds(1_500))
        metrics.sent(batch: 200, transactions: 3)
        metrics.queueUsage(0.25)
        metrics.answered(.unknown, 4)
        metrics.lost(.listener, cause: .deaf)
        metrics.lost(.listener, cause: .deaf)
        metrics.lost(.poster, cause: .closed)
        metrics.lost(.poster, cause: .stopping)
        #expect(try backend.expectTimer("trunkline_beat_round_trip_seconds").values == [1_500_000])
        #expect(try backend.expectRecorder("trunkline_batch_notifications").values == [200])
        #expect(try backend.expectRecorder("trunkline_batch_transactions").values == [3])
        #expect(try backend.expectMeter("trunkline_notification_queue_usage_ratio").lastValue == 0.25)
        #expect(try backend.expectCounter("trunkline_posts_total", [("outcome", "unknown")]).totalValue == 4)
        func lost(_ connection: String, _ cause: String) throws -> Int64 {
            let labels = [("connection", connection), ("cause", cause)]
            return try backend.expectCounter("trunkline_reconnects_total", labels).totalValue
        }
        #expect(try lost("listener", "deaf") == 2)
        #expect(try lost("poster", "closed") == 1)
        #expect(try lost("poster", "network") == 0)
        #expect(backend.counters(label: "trunkline_reconnects_total").map(\.totalValue).reduce(0, +) == 3)
    }

    @Test("every metric is an instrument from the beginning")
    func names() {
        let backend = TestMetrics()
        _ = HubMetrics(backend)
        let labels =
            backend.counters.map(\.label) + backend.meters.map(\.label) + backend.recorders.map(\.label)
            + backend.timers.map(\.label)
        #expect(Set(labels) == Set(HubMetric.allCases.map(\.rawValue)))
        #expect(HubMetric.allCases.allSatisfy { !$0.help.isEmpty })
    }
}
