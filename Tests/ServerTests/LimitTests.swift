import Foundation
import TestSupport
import Testing

@Suite("Limits")
struct LimitTests {
    @Test("max_held requests are held, one more is a 503, and everything else is still served")
    func held() async throws {
        try await offPool {
            let server = try Deployment(["--max-held", "50"]).server
            let waiters = try server.hold(50, on: "full")
            for _ in 0..<3 {
                let response = try server.request("/wait?channel=full")
                #expect(response.status == 503)
                #expect(response["Retry-After"] != nil)
                #expect(response.text.contains("max_held"))
                #expect(response["Cache-Control"] == "no-store, no-transform")
            }
            #expect(try server.request("/healthz").status == 200)
            #expect(try server.request("/readyz").status == 200)
            #expect(waiters.areQuiet)
            waiters[0].close()
            try server.waitUntilHeld(49, on: "full")
            // The place is free again, for one.
            let next = try server.hold(1, on: "other")[0]
            #expect(try server.request("/wait?channel=full").status == 503)
            try server.post("x", to: "full")
            for waiter in waiters.dropFirst() { #expect(try waiter.readResponse().text == "x\n") }
            #expect(next.isQuiet)
            _ = try server.hold(49, on: "full")
        }
    }

    @Test("max_channels are listened to, a further one is a 503, and those that are may have more readers")
    func channels() async throws {
        try await offPool {
            let server = try Deployment(["--max-channels", "5", "--linger", "0"]).server
            let waiters = try (0..<5).map { try server.hold(1, on: "c\($0)")[0] }
            for query in ["channel=c5", "channel=c4&channel=c5"] {
                let response = try server.request("/wait?\(query)&timeout=5")
                #expect(response.status == 503, "\(response.text)")
                #expect(response["Retry-After"] != nil)
            }
            #expect(try server.channels().map(\.readers) == [1, 1, 1, 1, 1])
            let second = try server.wait("/wait?channel=c0")
            try server.waitUntilHeld(2, on: "c0")
            #expect(second.isQuiet)
            waiters[4].close()
            try blockUntil("a channel is given up") { try server.channels().count == 4 }
            let sixth = try server.hold(1, on: "c5")[0]
            try server.post("x", to: "c5")
            #expect(try sixth.readResponse().text == "x\n")
            try server.post("x", to: "c9")
        }
    }

    @Test("with few descriptors there is a 503 instead of silence, and the database is still found again")
    func descriptors() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let server = try ServerProcess(
                ["--database", cluster.conninfo(), "--max-held", "1000000"], executable: limited(to: 256, in: cluster))
            try server.waitUntilReady()
            let line = try #require(server.logLines.first { $0.contains("max_held") })
            let held = try #require(line.firstMatch(of: #/max_held=([0-9]+)/#).flatMap { Int($0.1) })
            #expect(held < 256)
            let waiters = try server.hold(held, on: "few")
            let refused = try server.request("/wait?channel=few")
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] != nil)
            try cluster.restart()
            try server.waitUntilReady()
            try server.postEventually("x", to: "few")
            for waiter in waiters { #expect(try waiter.readResponse().text == "x\n") }
        }
    }

    @Test("a server that had no descriptor for new clients takes them as soon as it has, though what it holds does not end")
    func shortage() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let server = try ServerProcess(["--database", cluster.conninfo()])
            try server.waitUntilReady()
            // So many that each worker has some of them.
            let waiters = try server.hold(32, on: "short")
            try server.limitDescriptors(to: server.openDescriptors)
            let late = try latecomers(to: server)
            try server.limitDescriptors(to: nil)
            for connection in late { #expect(try connection.readResponse().text == "ok\n") }
            try server.postEventually("x", to: "short")
            for waiter in waiters { #expect(try waiter.readResponse().text == "x\n") }
        }
    }

    @Test("a server that has no descriptor for its very first client does not spin, and takes it as soon as it has one")
    func shortageAtFirst() async throws {
        try await offPool {
            let cluster = try PostgresCluster()
            let server = try ServerProcess(["--database", cluster.conninfo()])
            try server.waitUntilReady()
            try server.limitDescriptors(to: server.nextDescriptor)
            let late = try latecomers(to: server)
            let used = try server.cpuSeconds
            // Not to synchronise, but to have time pass: what is idle is measured.
            usleep(1_000_000)
            let share = try server.cpuSeconds - used
            print("without a descriptor for the first client: \(Int(share * 100)) % of a processor")
            #expect(share < 0.25)
            try server.limitDescriptors(to: nil)
            for connection in late { #expect(try connection.readResponse().text == "ok\n") }
        }
    }

    /// Clients for whom the server has no descriptor, once it has said so.
    private func latecomers(to server: ServerProcess) throws -> [RawConnection] {
        let late = try (0..<8).map { _ in
            let connection = try server.connect()
            try connection.sendRequest("GET", "/healthz")
            return connection
        }
        try blockUntil("it is said that there are none") {
            server.logLines.contains { $0.contains("no descriptor is left for a new client") }
        }
        return late
    }

    /// A program that runs the server with so many descriptors.
    private func limited(to count: Int, in cluster: PostgresCluster) throws -> String {
        let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let script = "\(cluster.directory)/limited"
        let text = "#!/bin/sh\nulimit -n \(count)\nexec '\(tests.appending(path: "trunkline").path)' \"$@\"\n"
        // Written by another process: what this one has open for writing, none that it starts meanwhile could run.
        try ChildProcess.check("/usr/bin/install", ["-m", "755", "/dev/stdin", script], input: Array(text.utf8))
        return script
    }

    @Test("100 channels may be named in one request, 101 may not, and the same one again does not count")
    func channelsPerRequest() async throws {
        try await offPool {
            let server = try Deployment.shared.server
            let hundred = (0..<100).map { "channel=h\($0)" }.joined(separator: "&")
            for path in ["/wait?timeout=0&", "/post?payload=x&"] {
                #expect([200, 204].contains(try server.request("\(path)\(hundred)&channel=h5").status))
                let response = try server.request("\(path)\(hundred)&channel=h100")
                #expect(response.status == 400)
                #expect(response.text.contains("100"))
            }
        }
    }
}
