import CoreMetrics
import Dispatch
import TestSupport
import Testing

@testable import TrunklineHTTP

@Suite("The registry of metrics")
struct MetricsRegistryTests {
    @Test("a counter is shown from the beginning, a gauge when it is known")
    func beginning() {
        let registry = MetricsRegistry()
        let counter = Counter(label: "counter", factory: registry)
        let meter = Meter(label: "meter", factory: registry)
        let recorder = Recorder(label: "recorder", aggregate: false, factory: registry)
        #expect(registry.exposition.text == "# TYPE counter counter\ncounter 0\n")
        counter.increment(by: 5)
        meter.set(1.5)
        meter.increment(by: 0.5)
        meter.decrement(by: 4)
        recorder.record(7)
        recorder.record(3.25)
        #expect(
            registry.exposition.text
                == "# TYPE counter counter\ncounter 5\n# TYPE meter gauge\nmeter -2\n# TYPE recorder gauge\nrecorder 3.25\n")
        counter.reset()
        #expect(registry.exposition.text.contains("counter 0\n"))
    }

    @Test("a duration falls into the first bucket that it does not exceed, and is shown in seconds")
    func durations() async throws {
        let registry = MetricsRegistry()
        let timer = Timer(label: "t_seconds", dimensions: [("a", "b")], factory: registry)
        for nanoseconds: Int64 in [0, 10_000, 10_001, 1_000_000_000, 10_000_000_000, 10_000_000_001] {
            timer.recordNanoseconds(nanoseconds)
        }
        let lines = registry.exposition.text.split(separator: "\n")
        #expect(lines.first == "# TYPE t_seconds histogram")
        for (bound, count) in [("1e-05", 2), ("2.5e-05", 3), ("0.5", 3), ("1", 4), ("5", 4), ("10", 5), ("+Inf", 6)] {
            #expect(lines.contains("t_seconds_bucket{a=\"b\",le=\"\(bound)\"} \(count)"), "\(bound)")
        }
        #expect(lines.suffix(2) == ["t_seconds_sum{a=\"b\"} 21.000020002", "t_seconds_count{a=\"b\"} 6"])
        #expect(lines.count == 1 + 20 + 2)
    }

    @Test("a size falls into the first bucket that it does not exceed; a fraction is rounded")
    func sizes() {
        let registry = MetricsRegistry()
        let recorder = Recorder(label: "sizes", factory: registry)
        for size in [1, 2, 3, 10_000, 10_001] { recorder.record(size) }
        recorder.record(0.75)
        recorder.record(Double.nan)
        let text = registry.exposition.text
        for (bound, count) in [("1", 2), ("2", 3), ("5", 4), ("5000", 4), ("10000", 5), ("+Inf", 6)] {
            #expect(text.contains("\nsizes_bucket{le=\"\(bound)\"} \(count)\n"), "\(bound)")
        }
        #expect(text.contains("\nsizes_sum 20008\nsizes_count 6\n"))
    }

    @Test("the bounds of the buckets grow", arguments: [HistogramLayout.durations, .sizes])
    func bounds(layout: HistogramLayout) {
        #expect(zip(layout.bounds, layout.bounds.dropFirst()).allSatisfy { $0 < $1 })
        for (index, bound) in layout.bounds.enumerated() {
            #expect(layout.bucket(of: bound) == index)
            #expect(layout.bucket(of: bound + 1) == index + 1)
        }
        #expect(layout.bucket(of: -1) == 0)
    }

    @Test("what is destroyed is shown no more, and begins anew when it is made again")
    func destroying() {
        let registry = MetricsRegistry()
        let kept = Counter(label: "c", dimensions: [("k", "kept")], factory: registry)
        let counter = Counter(label: "c", dimensions: [("k", "gone")], factory: registry)
        let timer = Timer(label: "t", factory: registry)
        let recorder = Recorder(label: "r", factory: registry)
        let meter = Meter(label: "m", factory: registry)
        counter.increment()
        kept.increment()
        meter.set(1)
        counter.destroy()
        timer.destroy()
        recorder.destroy()
        meter.destroy()
        #expect(registry.exposition.text == "# TYPE c counter\nc{k=\"kept\"} 1\n")
        _ = Counter(label: "c", dimensions: [("k", "gone")], factory: registry)
        #expect(registry.exposition.text.contains("c{k=\"gone\"} 0\n"))
    }

    @Test(
        "nothing is lost when many count at once, and a total agrees with its buckets all the while",
        .timeLimit(.minutes(Slowdown.factor)))
    func concurrency() async throws {
        let registry = MetricsRegistry()
        let threadCount = 4
        let eachCount = 50_000
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<threadCount {
                group.addTask {
                    // Each makes its own, as it were: the registry knows that they are the same.
                    let counter = Counter(label: "counter", factory: registry)
                    let meter = Meter(label: "meter", factory: registry)
                    let timer = Timer(label: "timer", factory: registry)
                    for number in 0..<eachCount {
                        counter.increment(by: 2)
                        meter.increment(by: 1)
                        timer.recordNanoseconds(Int64(number % 2) * 20_000 + Int64(thread))
                    }
                }
            }
            group.addTask {
                for _ in 0..<200 {
                    let lines = registry.exposition.text.split(separator: "\n")
                    let counts = lines.filter { $0.hasPrefix("timer_bucket") || $0.hasPrefix("timer_count") }
                        .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
                    #expect(counts == counts.sorted() && counts.suffix(2).allSatisfy { $0 == counts.last })
                }
            }
        }
        let text = registry.exposition.text
        let total = threadCount * eachCount
        #expect(text.contains("\ncounter \(2 * total)\n"))
        #expect(text.contains("\nmeter \(total)\n"))
        #expect(text.contains("\ntimer_bucket{le=\"1e-05\"} \(total / 2)\n"))
        #expect(text.contains("\ntimer_bucket{le=\"2.5e-05\"} \(total)\n"))
        let sum = total / 2 * 20_000 + (0..<threadCount).reduce(0, +) * eachCount
        #expect(text.contains("\ntimer_sum \(Exposition.number(Double(sum) / 1e9))\ntimer_count \(total)\n"))
    }
}
