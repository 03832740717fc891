import Foundation
import Glibc
import TestSupport
import Testing

@Suite("Programs beside the tests")
struct ServerProcessTests {
    /// Starts a shell script in place of the server; what it claims to serve is served by `port`'s owner.
    private func start(_ script: String, port: UInt16 = 1) throws -> ServerProcess {
        let file = NSTemporaryDirectory() + "/server-\(UUID().uuidString)"
        // A shell writes the file: were it open in this process, programs that start meanwhile would keep it open for a
        // moment, and what is open for writing cannot be run.
        try ChildProcess.check(
            "/bin/sh", ["-c", "cat >\(file) && chmod 755 \(file)"], input: Array("#!/bin/sh\n\(script)\n".utf8))
        defer { unlink(file) }
        return try ServerProcess(["--flag"], environment: ["PORT": "\(port)"], executable: file)
    }

    private let serving = """
        echo "args: $*"
        echo "starting" >&2
        echo "2026-01-01 info: listening on 127.0.0.1:$PORT" >&2
        trap 'echo bye >&2; exit 3' TERM
        while :; do sleep 0.02; done
        """

    @Test("a server is found by its log, asked until it is ready, measured, and told to end")
    func life() async throws {
        try await offPool {
            let canned = try CannedServer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            let server = try start(serving, port: canned.port)
            #expect(server.port == canned.port)
            try server.waitUntilReady()
            #expect(try server.get("/any").text == "ok")
            #expect(try Curl.run(["\(server.url)/x"]).text == "ok")
            #expect(server.logLines.first == "starting")
            #expect(try server.residentBytes > 100_000)
            #expect(try server.openDescriptors >= 3)
            #expect(try server.threadCount == 1)
            #expect(try server.cpuSeconds >= 0)
            #expect(try server.terminate() == .code(3))
            #expect(server.output == "args: serve --listen 127.0.0.1:0 --flag\n")
            #expect(server.logLines.last == "bye")
        }
    }

    @Test("a server that ends before it listens fails with its own words")
    func earlyEnd() async throws {
        try await offPool {
            let error = try #require(throws: TestSupportError.self) { _ = try start("echo 'no such flag' >&2; exit 64") }
            #expect(error.description.contains("code(64)"))
            #expect(error.description.contains("no such flag"))
        }
    }

    @Test("a program that is let go of is killed")
    func letGo() async throws {
        try await offPool {
            let pid = try start(serving).pid
            #expect(kill(pid, 0) == -1)
        }
    }

    @Test("a program's end by a signal is told, and its input and output are whole")
    func run() async throws {
        try await offPool {
            let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
            let copy = try ChildProcess.run("/bin/cat", [], input: bytes)
            #expect(copy.output == bytes)
            #expect(copy.exit == .code(0))
            let killed = try ChildProcess.run("/bin/sh", ["-c", "kill -9 $$"])
            #expect(killed.exit == .signal(SIGKILL))
        }
    }
}
