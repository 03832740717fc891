import Glibc
import Logging
import TestSupport
import Threads
import Trunkline
import TrunklineHTTP

/// The whole server in this process over a source that is broken on purpose.
package struct BrokenStage: Sendable {
    private let defect: Defect?

    /// - Parameter defect: `nil` for a source as it should be.
    package init(_ defect: Defect?) {
        self.defect = defect
    }

    /// Reads and writes while the connection is lost now and then.
    ///
    /// - Parameters:
    ///   - length: how long the writers write, at the least.
    ///   - countMin: what they write, at the least: the defects meet every so many-th notification, and where one is lost with the
    ///     connection nobody can see the defect.
    package func rehearse(for length: Duration, countMin: Int) async throws -> Verdict {
        let source = try MemorySource(defect: defect)
        let logger = Logger(label: "broken") { _ in SwiftLogNoOpLogHandler() }
        let hub = try Hub(
            source: source, timekeeper: Hub.makeTimekeeper(), configuration: HubConfiguration(), logger: logger)
        var configuration = ServerConfiguration()
        configuration.listen = "127.0.0.1:0"
        configuration.drainTimeout = .milliseconds(500)
        let server = try Server(hub: hub, configuration: configuration, logger: logger)
        return try await withRunning(hub) { hub in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                defer { group.cancelAll() }
                return try await rehearse(for: length, countMin: countMin, hub, source, port: port(of: server))
            }
        }
    }

    private func port(of server: Server) throws -> UInt16 {
        guard let port = server.address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw TestSupportError("no port in \(server.address)")
        }
        return port
    }

    private func rehearse(
        for length: Duration, countMin: Int, _ hub: Hub, _ source: MemorySource, port: UInt16
    ) async throws -> Verdict {
        let proxy = try CuttingProxy(upstream: port, rewrite: rewrite)
        defer { proxy.stop() }
        let channels = ["a", "b"]
        let readers: [any RecordingReader] = [
            PollReader(["a"], .text, port: proxy.port), EventSourceReader(channels, port: proxy.port),
            try LibraryReader(channels, hub: hub, elementCountMax: 20),
        ]
        let writer = PostWriter("post", channels, pause: .milliseconds(2)) { port }
        let rehearsal = Rehearsal(readers: readers, writers: [writer], port: { port }) { (source.committed, true) }
        return try await rehearsal.run(
            for: length, countMin: countMin,
            faults: { isOver in
                proxy.cut(afterAtMost: 3_000)
                while !isOver() {
                    source.lose()
                    // The outage itself: posts commit in it that nobody hears.
                    usleep(60_000)
                    source.remake()
                    usleep(100_000)
                }
            }, beforeTheEnd: { proxy.cut(afterAtMost: nil) })
    }

    /// Takes the cursor out of the requests, so that the server cannot but begin at now.
    private var rewrite: @Sendable ([UInt8]) -> [UInt8] {
        guard defect == .resumesFromNow else { return { $0 } }
        return { request in
            let text = String(decoding: request, as: UTF8.self)
            return Array(
                text.replacing(#/Last-Event-ID: [^\r]*/#, with: "X-Nothing: 1").replacing(#/&since=[^ &]*/#, with: "").utf8)
        }
    }
}
