import CoreMetrics
import Synchronization

/// A number that goes up and down. It is not told before it was set: until then nobody knows it.
final class GaugeSeries: MeterHandler, RecorderHandler, MetricSeries {
    private let value = Atomic<Double>(0)
    private let isSet = Atomic(false)

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) {
        self.value.store(value, ordering: .relaxed)
        // What is seen to be set has its value.
        isSet.store(true, ordering: .releasing)
    }

    func increment(by amount: Double) {
        var old = value.load(ordering: .relaxed)
        while true {
            let (isExchanged, found) = value.weakCompareExchange(expected: old, desired: old + amount, ordering: .relaxed)
            if isExchanged { break }
            old = found
        }
        isSet.store(true, ordering: .releasing)
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    /// A recorder that does not aggregate is a gauge.
    func record(_ value: Int64) { set(value) }

    func record(_ value: Double) { set(value) }

    var hasValue: Bool { isSet.load(ordering: .acquiring) }

    func write(to exposition: inout Exposition, _ name: String, _ labels: String) {
        exposition.add(name, labels, Exposition.number(value.load(ordering: .relaxed)))
    }
}
