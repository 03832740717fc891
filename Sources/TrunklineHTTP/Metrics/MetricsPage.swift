import CoreMetrics
import HTTPTypes
import Logging
import MicroHTTPD
import Trunkline

/// The answer of `/metrics`: all instruments and what the process uses, at the moment somebody asks.
final class MetricsPage: Sendable {
    private let hub: Hub
    private let server: ServerState
    private let registry: MetricsRegistry
    private let process: ProcessFigures
    private let heldRequests: Meter

    init(hub: Hub, server: ServerState, registry: MetricsRegistry, logger: Logger) {
        self.hub = hub
        self.server = server
        self.registry = registry
        process = ProcessFigures(logger: logger)
        heldRequests = Meter(label: ServerMetric.heldRequests.rawValue, factory: registry)
        Meter(label: ServerMetric.heldRequestsMax.rawValue, factory: registry).set(server.heldMax)
        hub.core.metrics.expect(ReaderKind.ofRequests)
    }

    func response() -> Response {
        hub.sample()
        heldRequests.set(server.heldCount)
        var exposition = registry.exposition
        process.write(to: &exposition)
        return Response(
            status: .ok,
            headers: [
                .contentType: Exposition.contentType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
            ], body: Array(exposition.text.utf8))
    }
}

extension MetricsRegistry {
    /// For a hub and the server in front of it: with what each of their instruments means.
    package static func ofServer() -> MetricsRegistry {
        var help: [String: String] = [:]
        for metric in HubMetric.allCases { help[metric.rawValue] = metric.help }
        for metric in ServerMetric.allCases { help[metric.rawValue] = metric.help }
        return MetricsRegistry(help: help)
    }
}
