import CoreMetrics
import Synchronization

/// How often a value fell into each of some fixed ranges, and the sum of all.
final class HistogramSeries: TimerHandler, RecorderHandler, MetricSeries {
    private let layout: HistogramLayout
    /// One for each bound, and one for what is above the last; the rest is not used.
    private let counts = InlineArray<20, Atomic<Int64>> { _ in Atomic(0) }
    /// In the unit of the layout.
    private let sum = Atomic<Int64>(0)

    init(_ layout: HistogramLayout) {
        self.layout = layout
        precondition(layout.bounds.count < counts.count, "a histogram has \(counts.count) buckets at the most")
    }

    func recordNanoseconds(_ duration: Int64) { record(duration) }

    func record(_ value: Int64) {
        counts[layout.bucket(of: value)].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(value, ordering: .relaxed)
    }

    /// Rounded: sizes are whole numbers.
    func record(_ value: Double) {
        guard let whole = Int64(exactly: value.rounded()) else { return }
        record(whole)
    }

    var hasValue: Bool { true }

    func write(to exposition: inout Exposition, _ name: String, _ labels: String) {
        let separator = labels.isEmpty ? "" : ","
        var total: Int64 = 0
        for index in 0...layout.bounds.count {
            // The total is made of what is written, so that both agree while others go on counting.
            total += counts[index].load(ordering: .relaxed)
            let bound = index < layout.bounds.count ? layout.shown(layout.bounds[index]) : "+Inf"
            exposition.add("\(name)_bucket", "\(labels)\(separator)le=\"\(bound)\"", "\(total)")
        }
        exposition.add("\(name)_sum", labels, layout.shown(sum.load(ordering: .relaxed)))
        exposition.add("\(name)_count", labels, "\(total)")
    }
}
