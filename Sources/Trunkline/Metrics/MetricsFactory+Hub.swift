import CoreMetrics

/// The instruments by what they measure.
extension MetricsFactory {
    func counter(_ metric: HubMetric, _ labels: [(String, String)] = []) -> Counter {
        Counter(label: metric.rawValue, dimensions: labels, factory: self)
    }

    func meter(_ metric: HubMetric, _ labels: [(String, String)] = []) -> Meter {
        Meter(label: metric.rawValue, dimensions: labels, factory: self)
    }

    func recorder(_ metric: HubMetric) -> Recorder {
        Recorder(label: metric.rawValue, aggregate: true, factory: self)
    }

    /// Shown in seconds, whatever the backend's own unit is.
    func timer(_ metric: HubMetric) -> Timer {
        Timer(label: metric.rawValue, preferredDisplayUnit: .seconds, factory: self)
    }
}
