import Foundation
import Glibc

/// The built executable at work, listening on a port of 127.0.0.1. Its calls block.
package final class ServerProcess: Sendable {
    /// Where it listens.
    package let port: UInt16
    private let process: ChildProcess

    /// Starts `trunkline serve` and waits until it listens; `waitUntilReady()` also waits for the database.
    ///
    /// - Parameters:
    ///   - flags: after `serve --listen 127.0.0.1:0`.
    ///   - environment: variables beside those of the tests, from which PostgreSQL's and our own are taken out.
    ///   - executable: the one the build put beside the tests if `nil`.
    ///   - launcher: a program with its arguments that becomes the server: `prlimit --nofile=64`, say.
    ///   - wanted: the port of a server that has ended, to take its place; any free one if 0.
    /// - Throws: a `TestSupportError` with what the server said if it does not come to listen.
    package init(
        _ flags: [String], environment: [String: String] = [:], executable: String? = nil, launcher: [String] = [],
        port wanted: UInt16 = 0
    ) throws {
        let path = executable ?? ProcessEnvironment.buildDirectory.appending(path: "trunkline").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw TestSupportError("there is no \(path): build the product trunkline first")
        }
        let command = try launcher.prefix(1).map { try ProcessEnvironment.path(of: $0) } + launcher.dropFirst() + [path]
        let process = try ChildProcess(
            command[0], command.dropFirst() + ["serve", "--listen", "127.0.0.1:\(wanted)"] + flags,
            environment: .inherited.merging(Self.settingsOfAll) { $1 }.merging(environment) { $1 })
        var port: UInt16?
        try blockUntil("the server listens") {
            port = Self.port(in: process.errors.lines)
            if port == nil, process.pollExit() != nil {
                throw TestSupportError("the server ended with \(try process.waitForExit()): \(process.errors.text)")
            }
            return port != nil
        }
        guard let port else { throw TestSupportError("the server does not listen: \(process.errors.text)") }
        self.port = port
        self.process = process
    }

    /// Settings for the servers of all tests: both ways of holding pass the same ones.
    private static var settingsOfAll: [String: String] {
        ProcessEnvironment.variables["TRUNKLINE_TEST_DETACH_HELD"].map { ["TRUNKLINE_DETACH_HELD": $0] } ?? [:]
    }

    /// Waits until `/readyz` says so.
    package func waitUntilReady(within duration: Duration = .seconds(15)) throws {
        var answer: RawResponse?
        do {
            try blockUntil("the server is ready", within: duration) {
                answer = try get("/readyz")
                return answer?.status == 200
            }
        } catch {
            throw TestSupportError("\(error); /readyz: \(answer?.text ?? "no answer"); stderr: \(process.errors.text)")
        }
    }

    /// One request on a connection of its own.
    package func get(_ target: String) throws -> RawResponse {
        let connection = try connect()
        try connection.send("GET \(target) HTTP/1.1\r\nHost: localhost:\(port)\r\nConnection: close\r\n\r\n")
        return try connection.readResponse()
    }

    /// A connection to the server.
    package func connect(patience: Duration = .seconds(10), receiveBuffer: Int32? = nil) throws -> RawConnection {
        try RawConnection(port: port, patience: patience, receiveBuffer: receiveBuffer)
    }

    /// The beginning of the server's URLs, without a slash at the end.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// The lines of its log so far.
    package var logLines: [String] { process.errors.lines }

    /// What it wrote on its standard output so far.
    package var output: String { process.output.text }

    package var pid: pid_t { process.pid }

    /// Sends a signal.
    package func signal(_ number: Int32) { process.signal(number) }

    /// Sends a signal and waits for the end.
    package func terminate(_ number: Int32 = SIGTERM, within duration: Duration = .seconds(15)) throws -> ChildProcess.Exit {
        process.signal(number)
        return try process.waitForExit(within: duration)
    }

    /// Waits for the end.
    package func waitForExit(within duration: Duration = .seconds(15)) throws -> ChildProcess.Exit {
        try process.waitForExit(within: duration)
    }

    private static func port(in lines: [String]) -> UInt16? {
        lines.lazy.compactMap { $0.firstMatch(of: #/listening on 127\.0\.0\.1:([0-9]+)/#).flatMap { UInt16($0.1) } }.first
    }
}
