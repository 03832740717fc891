import Foundation
import TestSupport
import Testing
import Threads

extension FrontTests {
    @Suite("Clocks that jump")
    struct WallClockTests {
        /// Debian's libfaketime, told by a file how far the wall clock is off; the monotonic clock stays as it is.
        private static func environment(_ file: String) throws -> [String: String] {
            let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
            guard FileManager.default.fileExists(atPath: library) else {
                throw TestSupportError("there is no \(library): install the package libfaketime")
            }
            return [
                "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1",
            ]
        }

        /// How far the server's wall clock is ahead of ours, by the time it gives a notification.
        private static func offset(_ server: ServerProcess) throws -> TimeInterval {
            let waiter = try server.hold(1, on: "clock", query: "&format=json")[0]
            try server.post("x", to: "clock")
            let body = try waiter.readResponse().text
            guard let text = body.firstMatch(of: #/"time":"([^"]+)"/#)?.1 else { throw TestSupportError("no time in \(body)") }
            return try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(String(text)).timeIntervalSinceNow
        }

        @Test(
            """
            fault 50: the wall clock jumps an hour ahead, and back: holds and heartbeats keep their times, and nothing that is \
            kept is given up for old
            """)
        func fault50() async throws {
            let scene = try await offPool {
                let cluster = try PostgresCluster.shared
                let file = "\(cluster.directory)/wall-clock"
                try Data("+0".utf8).write(to: URL(filePath: file))
                return (try Scene(environment: Self.environment(file)), file)
            }
            try await scene.0.play(50, "wall clock moved by an hour, both ways") { [file = scene.1] scene in
                let server = scene.server
                var lines: [String] = []
                for jump in ["+3600", "-3600", "+0"] {
                    let cursor = try server.request("HEAD", "/wait?channel=kept")["Trunkline-Cursor"] ?? ""
                    try server.post("kept", to: "kept")
                    let poll = try server.hold(1, on: "timed", query: "&timeout=3")[0]
                    let start = MonotonicInstant.now
                    try Data(jump.utf8).write(to: URL(filePath: file))
                    let offset = try Self.offset(server)
                    #expect(abs(offset - (Double(jump) ?? 0)) < 5, "the clock has not jumped")
                    // One end of a hold that began before the jump, and one that began after it.
                    let status = try poll.readResponse().status
                    let held = MonotonicInstant.now - start
                    #expect(status == 204)
                    #expect(held < .seconds(4) && held > .seconds(2))
                    let fresh = try timed { try server.request("/wait?channel=timed&timeout=1").status == 204 }
                    #expect(fresh.value)
                    #expect(fresh.time >= .seconds(1) && fresh.time < .seconds(2))
                    let kept = try server.request("/wait?channel=kept&timeout=0&since=\(cursor)")
                    #expect(kept.text == "kept\n")
                    #expect(kept["Trunkline-Gap"] == nil)
                    lines.append("\(jump): a hold of 3 s ended after \(held.inSeconds) s")
                }
                return lines.joined(separator: "; ")
            }
        }

        private func timed<Value>(_ body: () throws -> Value) rethrows -> (value: Value, time: Duration) {
            let start = MonotonicInstant.now
            let value = try body()
            return (value, .now - start)
        }
    }
}
