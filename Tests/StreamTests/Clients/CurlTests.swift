import Glibc
import TestSupport
import Testing

@Suite("curl")
struct CurlTests {
    private static func curl(_ arguments: [String]) throws -> ChildProcess {
        let path = try InstalledProgram.path("/usr/bin/curl", package: "curl")
        return try ChildProcess(path, ["--silent", "--show-error", "-N"] + arguments)
    }

    @Test("-N prints each line as it comes, until the stream is over")
    func lines() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let curl = try Self.curl(["\(server.url)/wait?channel=curl&mode=stream&limit=3"])
            try server.waitUntilHeld(1, on: "curl")
            for number in 1...3 {
                try server.post("line \(number)", to: "curl")
                try blockUntil("curl has printed line \(number)") { curl.output.lines.last == "line \(number)" }
            }
            #expect(try curl.waitForExit() == .code(0), "the end is well-formed")
            #expect(curl.output.text == "line 1\nline 2\nline 3\n")
        }
    }

    @Test("-N prints server-sent events as they come, and is freed when it is killed")
    func events() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let curl = try Self.curl(["-H", "Accept: text/event-stream", "\(server.url)/wait?channel=curl_events"])
            try blockUntil("curl has printed the prologue") { curl.output.text.hasSuffix(": listening curl_events\n\n") }
            try server.post("first\nsecond", to: "curl_events")
            try blockUntil("curl has printed the event") { curl.output.text.hasSuffix("\ndata: first\ndata: second\n\n") }
            curl.signal(SIGKILL)
            _ = try server.waitUntilLeft("curl_events", within: .seconds(5))
        }
    }
}
