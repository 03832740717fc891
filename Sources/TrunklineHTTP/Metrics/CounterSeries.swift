import CoreMetrics
import Synchronization

/// A number that grows.
final class CounterSeries: CounterHandler, MetricSeries {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    var hasValue: Bool { true }

    func write(to exposition: inout Exposition, _ name: String, _ labels: String) {
        exposition.add(name, labels, "\(value.load(ordering: .relaxed))")
    }
}
