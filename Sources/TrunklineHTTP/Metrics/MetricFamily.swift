/// All series of one name.
struct MetricFamily: Sendable {
    /// What sort of instrument its series are.
    enum Kind: Sendable {
        case counter
        case gauge
        /// A histogram of times, in seconds.
        case durations
        /// A histogram of whole numbers.
        case sizes
    }

    let name: String
    let kind: Kind
    let help: String?
    /// By their labels, as they are written.
    private(set) var series: [String: any MetricSeries] = [:]

    init(name: String, kind: Kind, help: String?) {
        self.name = name
        self.kind = kind
        self.help = help
    }

    func adding(_ made: any MetricSeries, _ labels: String) -> Self {
        var family = self
        family.series[labels] = made
        return family
    }

    /// - Returns: `nil` when nothing is left.
    func removing(_ object: AnyObject) -> Self? {
        var family = self
        family.series = series.filter { $0.value !== object }
        return family.series.isEmpty ? nil : family
    }

    func write(to exposition: inout Exposition) {
        let valued = series.filter { $0.value.hasValue }.sorted { $0.key < $1.key }
        guard !valued.isEmpty else { return }
        exposition.begin(name, kind, help: help)
        for (labels, series) in valued { series.write(to: &exposition, name, labels) }
    }
}

/// One instrument that can be written out.
protocol MetricSeries: AnyObject, Sendable {
    /// False as long as there is nothing to tell.
    var hasValue: Bool { get }

    /// - Parameters:
    ///   - name: of its family.
    ///   - labels: as they are written, without braces.
    func write(to exposition: inout Exposition, _ name: String, _ labels: String)
}
