import CoreMetrics
import Threads

/// A backend of swift-metrics that keeps its instruments in memory, to be written out for Prometheus.
///
/// Instruments of one name and the same labels are one. Each is changed without a lock; the registry's own is for making and
/// listing them. A name keeps the kind it was first made with.
package final class MetricsRegistry: MetricsFactory {
    private let families = Locked<[String: MetricFamily]>([:])
    private let help: [String: String]

    /// - Parameter help: by name, a line about what it measures.
    package init(help: [String: String] = [:]) {
        self.help = help
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions) { CounterSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions) { GaugeSeries() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return series(.gauge, label, dimensions) { GaugeSeries() } }
        return series(.sizes, label, dimensions) { HistogramSeries(.sizes) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(.durations, label, dimensions) { HistogramSeries(.durations) }
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }

    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }

    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }

    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// All that has a value, by name and then by labels.
    var exposition: Exposition {
        let families = families.withLock { $0 }
        var exposition = Exposition()
        for (_, family) in families.sorted(by: { $0.key < $1.key }) { family.write(to: &exposition) }
        return exposition
    }

    private func series<Series: MetricSeries>(
        _ kind: MetricFamily.Kind, _ label: String, _ dimensions: [(String, String)], _ make: () -> Series
    ) -> Series {
        let name = Exposition.name(label)
        let labels = Exposition.labels(dimensions)
        return families.withLock { families in
            let family = families[name] ?? MetricFamily(name: name, kind: kind, help: help[name])
            precondition(family.kind == kind, "\(name) is a \(family.kind) and cannot be a \(kind) too")
            if let known = family.series[labels] as? Series { return known }
            let made = make()
            families[name] = family.adding(made, labels)
            return made
        }
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            families = families.compactMapValues { $0.removing(handler) }
        }
    }
}
