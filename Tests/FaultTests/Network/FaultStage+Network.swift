import TestSupport
import Threads

/// What faults of the network ask of a stage.
extension FaultStage {
    /// How long the server may take to find that it hears nothing.
    static let findingPromise = Duration.seconds(8)

    /// Does something and waits until the server has logged that it lost its listener's session.
    ///
    /// - Returns: how long that took.
    @discardableResult
    func awaitLossOfListener(after act: () throws -> Void) throws -> Duration {
        let lineCount = server.logLines.count
        try act()
        return try step("the loss of the listener is found") {
            try blockUntil("the server logs that it lost its listener", within: Self.findingPromise * FaultRun.leniency) {
                server.logLines.dropFirst(lineCount).contains { $0.contains("the listener's connection is lost") }
            }
        }
    }

    /// Waits until `/readyz` says no, in all of these words.
    ///
    /// - Returns: how long that took.
    @discardableResult
    func awaitNotReady(_ words: String..., within duration: Duration) throws -> Duration {
        try step("/readyz says \(words)") { try server.awaitNotReady(words, within: duration) }
    }

    /// The near port of the one session of this name.
    func port(of applicationName: String) throws -> UInt16 {
        let text = try cluster.psql("SELECT client_port FROM pg_stat_activity WHERE application_name = '\(applicationName)'")
        guard let port = UInt16(text) else { throw TestSupportError("\(applicationName) has not one port but '\(text)'") }
        return port
    }
}

extension ServerProcess {
    /// Waits until `/readyz` says no, in all of these words.
    func awaitNotReady(_ words: [String], within duration: Duration) throws {
        var answer = ""
        do {
            try blockUntil("/readyz says \(words)", within: duration) {
                let response = try get("/readyz")
                answer = response.text
                return response.status == 503 && words.allSatisfy(answer.contains)
            }
        } catch {
            throw TestSupportError("\(error); it says: \(answer)")
        }
    }
}
