import Glibc
import HistoryChecker
import TestSupport
import Threads

/// A server at work on a cluster of its own, which a fault may break; readers of every kind on it, and posters.
final class FaultStage: Sendable {
    /// How long the server may take to answer a post; its default.
    static let postTimeout = Duration.seconds(3)

    let channels: [String]
    let wire: WireStage
    let readers: [any RecordingReader]
    let writers: [any Writer]
    /// What the server used before anybody came.
    let footprint: Footprint

    /// - Parameters:
    ///   - cluster: for the fault alone; a new one if `nil`.
    ///   - flags: for the server, beside the database's.
    ///   - posterCount: posters with payloads of their own, `<p0-17>`.
    ///   - pause: between two posts of one poster.
    ///   - hasStranger: whether psql notifies too, past the server.
    ///   - isWitnessed: whether somebody listens directly beside the server, in the same database; else acknowledgements
    ///     are checked by what the readers see only.
    ///   - readsThroughProxy: whether readers come through the stage's proxy, which outlives the server.
    ///   - launcher: what starts the server; see `ServerProcess`.
    ///   - way: the connection string by which the server reaches the database that is named; by the socket if `nil`.
    init(
        cluster: PostgresCluster? = nil, channels: [String] = ["a", "b"], flags: [String] = [],
        encoding: DatabaseEncoding = .utf8, posterCount: Int = 3, pause: Duration = .milliseconds(5),
        hasStranger: Bool = false, isWitnessed: Bool = true, readsThroughProxy: Bool = false, launcher: [String] = [],
        way: ((_ database: String) throws -> String)? = nil
    ) throws {
        self.channels = channels
        let wire = try WireStage(
            cluster ?? PostgresCluster(), channels: channels, flags: flags, encoding: encoding, launcher: launcher,
            isWitnessed: isWitnessed, way: way)
        self.wire = wire
        footprint = try Footprint(of: wire.process)
        let port = readsThroughProxy ? wire.proxy.port : wire.process.port
        readers = [
            EventSourceReader([channels[0]], name: "sse one", port: port), EventSourceReader(channels, name: "sse", port: port),
            PollReader([channels[0]], .text, port: port), PollReader(channels, .json, port: port),
            LineStreamReader(channels, port: port),
        ]
        var writers: [any Writer] = (0..<posterCount).map { PostWriter("p\($0)", channels, pause: pause, port: wire.port) }
        if hasStranger {
            writers.append(
                PsqlWriter("psql", channels, cluster: wire.cluster, database: wire.database, pause: .milliseconds(20)))
        }
        self.writers = writers
    }

    var cluster: PostgresCluster { wire.cluster }
    /// The server of the moment.
    var server: ServerProcess { wire.process }

    /// The process of the one session of this name: `trunkline listener`, `trunkline poster`.
    func backend(_ applicationName: String) throws -> Int32? {
        try cluster.activity().first { $0.applicationName == applicationName }?.pid
    }

    /// Waits until `/readyz` is a 503 that says all of these words.
    func awaitComplaint(_ words: [String], within duration: Duration = .seconds(10)) throws {
        var answer: RawResponse?
        do {
            try blockUntil("/readyz says why it is not ready", within: duration) {
                answer = try server.get("/readyz")
                return answer?.status == 503 && words.allSatisfy { answer?.text.contains($0) == true }
            }
        } catch {
            throw TestSupportError("\(error): \(words); now \(answer?.status ?? 0) \(answer?.text ?? "")")
        }
    }

    /// Waits until a line of the server's log has all of these words.
    func awaitLog(_ words: [String], within duration: Duration = .seconds(10)) throws {
        do {
            try blockUntil("the log has \(words)", within: duration) {
                server.logLines.contains { line in words.allSatisfy(line.contains) }
            }
        } catch {
            throw TestSupportError("\(error); its last lines: \(server.logLines.suffix(5))")
        }
    }

    /// Posts where nobody reads, and tells how that was answered; what it took is printed.
    func postMeanwhile() throws -> RawResponse {
        let begin = MonotonicInstant.now
        let answer = try server.request("POST", "/post?channel=unread", body: [])
        FaultReport.printLine(
            "step | a post meanwhile: \(answer.status) | \(FaultReport.seconds(MonotonicInstant.now - begin))")
        return answer
    }

    /// Lets the fault last: nothing is waited for.
    func pass(_ duration: Duration) {
        usleep(UInt32(duration / .microseconds(1)))
    }

    /// Does something, and prints how long it took.
    @discardableResult
    func step(_ what: String, _ body: () throws -> Void) rethrows -> Duration {
        let begin = MonotonicInstant.now
        try body()
        let duration = MonotonicInstant.now - begin
        FaultReport.printLine("step | \(what) | \(FaultReport.seconds(duration))")
        return duration
    }
}
